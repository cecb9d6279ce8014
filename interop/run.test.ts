import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';
import { http, type Run, subject, withAuth, ws } from './case.js';
import { Calculator } from './contracts.js';
import { equal } from './expect.js';
import { onlyCases, runCases } from './run.js';
import type { Site } from './site.js';

const DEADLINE_MS = 150;
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.close());

async function outcomeOf(run: Run, auth = false) {
  const options = { urls: fixture, auth, deadlineMs: DEADLINE_MS };
  const [result] = await runCases(subject('s', ws('t', run)), options, () => undefined);
  return { outcome: result?.outcome, note: result?.note };
}

describe('a case', () => {
  it('passes when its run resolves, with what it says was met', async () => {
    expect(await outcomeOf(async () => undefined)).toEqual({ outcome: 'ok', note: undefined });
    expect(await outcomeOf(async () => 'the other way')).toEqual({ outcome: 'ok', note: 'the other way' });
  });

  it('fails with the reason when its run rejects, whatever it rejects with', async () => {
    const fails = (thrown: unknown) =>
      outcomeOf(async () => {
        throw thrown;
      });
    expect(await fails(new Error('outer\n  line', { cause: new Error('inner') }))).toEqual({
      outcome: 'failed',
      note: 'outer line: inner',
    });
    expect(await fails('a text')).toEqual({ outcome: 'failed', note: `'a text'` });
    expect(await fails(null)).toEqual({ outcome: 'failed', note: 'null' });
  });

  it('that never ends fails at its deadline, and its clients are closed', async () => {
    let left: Site | undefined;
    const hangs = (site: Site): Promise<void> => {
      left = site;
      return site.client.query(Calculator, 'slow', [60_000]).then(() => undefined);
    };
    const never: Run = (site) => {
      left = site;
      return new Promise<void>(() => undefined);
    };
    expect(await outcomeOf(never)).toEqual({
      outcome: 'failed',
      note: `the case did not end within ${DEADLINE_MS} ms`,
    });
    expect(() => left?.open()).toThrow('the case is over');
    expect((await outcomeOf(hangs)).note).toContain(`no answer within ${DEADLINE_MS / 2} ms`);
  });

  it.each([
    ['passed', async () => undefined, 'ok'],
    ['failed', () => Promise.reject(new Error('wrong')), 'failed'],
    ['never ended', () => new Promise<void>(() => undefined), 'failed'],
  ])('that %s has the server put back, the last change first', async (_name, end, outcome) => {
    const restored: number[] = [];
    const result = await outcomeOf(async (site) => {
      for (const change of [1, 2]) site.onEnd(async () => restored.push(change));
      await end();
    });
    expect([result.outcome, restored]).toEqual([outcome, [2, 1]]);
  });

  it('that cannot put the server back has failed, at the latest at its deadline', async () => {
    const leaves = (restore: () => Promise<unknown>) => outcomeOf(async (site) => site.onEnd(restore));
    expect(await leaves(() => Promise.reject(new Error('still broken')))).toEqual({
      outcome: 'failed',
      note: 'still broken',
    });
    const note = `putting the server back did not end within ${DEADLINE_MS} ms`;
    expect(await leaves(() => new Promise(() => undefined))).toEqual({ outcome: 'failed', note });
  });

  it('counts what its client sends', async () => {
    const counted: Run = async ({ client, traffic }) => {
      equal(traffic.sent, 0);
      await Promise.all([1, 2].map((a) => client.query(Calculator, 'add', [a, 1])));
      equal(traffic.sent, 2);
    };
    const both = subject('s', ws('t', counted), http('t', counted));
    const results = await runCases(both, { urls: fixture, auth: false, deadlineMs: 5_000 }, () => undefined);
    expect(results.map(({ note }) => note)).toEqual([undefined, undefined]);
  });
});

describe('a run', () => {
  const ran: string[] = [];
  const note =
    (name: string): Run =>
    async () => {
      ran.push(name);
    };
  const all = subject('Things', http('one', note('one')), withAuth(ws('two', note('two'))), ws('three', note('three')));

  it('goes in order and leaves out what needs accounts', async () => {
    const told: string[] = [];
    const options = { urls: fixture, auth: false, deadlineMs: DEADLINE_MS };
    const results = await runCases(all, options, ({ title, outcome }) => told.push(`${title} ${outcome}`));
    expect([ran.splice(0), told]).toEqual([
      ['one', 'three'],
      ['one ok', 'two skipped', 'three ok'],
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['ok', 'skipped', 'ok']);
    await runCases(all, { ...options, auth: true }, () => undefined);
    expect(ran).toEqual(['one', 'two', 'three']);
  });

  it.each([
    ['http things', ['one']],
    ['THINGS: t', ['two', 'three']],
    ['nothing', []],
  ])('of only "%s"', (text, titles) => expect(onlyCases(all, text).map(({ title }) => title)).toEqual(titles));
});
