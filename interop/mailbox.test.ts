import { expect, it } from 'vitest';
import { Mailbox } from './mailbox.js';

it('gives what has come before and what comes later, in order', async () => {
  const mailbox = new Mailbox();
  mailbox.put(1);
  const first = await mailbox.take();
  const second = mailbox.take();
  mailbox.put(2, 'two');
  mailbox.put(3);
  expect([first, await second, await mailbox.take()]).toEqual([[1], [2, 'two'], [3]]);
});

it('leaves what was not asked for where it is', async () => {
  const mailbox = new Mailbox();
  mailbox.put('other');
  const wanted = mailbox.take(([event]) => event === 'mine');
  mailbox.put('another');
  mailbox.put('mine');
  expect([await wanted, mailbox.waiting]).toEqual([['mine'], 2]);
  expect(await mailbox.take()).toEqual(['other']);
});
