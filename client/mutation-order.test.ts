import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TitanError } from '../server-fixture/index.js';
import { FOREVER, Items, World } from './cache/test-world.js';
import { layer } from './index.js';
import type { MutationOptions } from './mutation-options.js';
import type { NetronClient } from './netron-client.js';
import type { NetronError } from './netron-error.js';
import type { QueryObserver } from './query-observer.js';
import type { Item } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { TapLog } from './testing/test-tap-log.js';
import { outcomeOf, until } from './testing/test-watch.js';

const world = World.set();
let client: NetronClient;
let observer: QueryObserver<Item>;

beforeEach(async () => {
  client = world.client();
  observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
  await until(() => observer.data.value !== undefined);
  world.items.gate.close('append', 'patch');
});
afterEach(() => {
  observer.stop();
  world.closeClients();
  expect(world.runtime.timers).toBe(0);
});

type Patch = MutationOptions<[id: string, patch: Partial<Item>], Item>;

const appending = () =>
  layer(client.entry(Items, 'get', ['a']), (item: Item, _id: string, value: string) => ({
    ...item,
    list: [...item.list, value],
  }));
const append = (value: string, options: MutationOptions<[string, string], Item> = {}) =>
  outcomeOf(client.mutate(Items, 'append', ['a', value], { optimistic: appending(), ...options }));
const patching = () =>
  layer(client.entry(Items, 'get', ['a']), (item: Item, _id: string, fields: Partial<Item>) => ({
    ...item,
    ...fields,
  }));
const patch = (fields: Partial<Item>, options: Patch = {}) =>
  outcomeOf(client.mutate(Items, 'patch', ['a', fields], { optimistic: patching(), ...options }));
const next = (method: string) => world.items.gate.next(method);
const arrived = () => client.mutate(Items, 'ping', []);
const list = () => observer.data.value?.list;
const conflict = () => new TitanError(409, 'conflict');

describe('mutations of one scope', () => {
  it('are sent one after another, in the order in which they were called, and shown at once', async () => {
    const all = ['x', 'y', 'z'].map((value) => append(value, { scope: 's' }));
    expect(list()).toEqual(['x', 'y', 'z']);
    for (const value of ['x', 'y', 'z']) {
      const held = await next('append');
      await arrived();
      expect(held.args).toEqual(['a', value]);
      expect(world.items.gate.held).toEqual([]);
      held.answer();
    }
    for (const outcome of await Promise.all(all)) expect(outcome).toHaveProperty('value');
    expect(world.items.at('a').list).toEqual(['x', 'y', 'z']);
  });

  it('do not wait for those of another scope, or of none', async () => {
    const all = [append('x', { scope: 's' }), append('y', { scope: 't' }), append('z')];
    const held = [await next('append'), await next('append'), await next('append')];
    for (const call of held) call.answer();
    await Promise.all(all);
  });

  it('go on after one that failed, at the server or in its update', async () => {
    const first = append('x', { scope: 's' });
    const wrong = outcomeOf(
      client.mutate(Items, 'append', ['a', 'w'], {
        scope: 's',
        optimistic: layer(client.entry(Items, 'get', ['a']), () => {
          throw new Error('bad update');
        }),
      }),
    );
    const last = append('y', { scope: 's' });
    (await next('append')).fail(new Error('no'));
    expect(await first).toMatchObject({ error: { code: 'remote' } });
    expect(await wrong).toMatchObject({ error: { code: 'invalid-argument' } });
    expect(list()).toEqual(['y']);
    (await next('append')).answer();
    expect(await last).toHaveProperty('value');
  });

  it('end at once when they are given up while they wait, and are not sent then', async () => {
    const controller = new AbortController();
    const first = append('x', { scope: 's' });
    const given = append('y', { scope: 's', signal: controller.signal });
    const last = append('z', { scope: 's' });
    const held = await next('append');
    controller.abort();
    expect(await given).toMatchObject({ error: { code: 'aborted', method: 'append' } });
    expect(list()).toEqual(['x', 'z']);
    await arrived();
    // The one before is still under way, though the one in between has gone.
    expect(world.items.gate.held).toEqual([]);
    held.answer();
    const after = await next('append');
    expect(after.args).toEqual(['a', 'z']);
    after.answer();
    await Promise.all([first, last]);
    expect(world.items.gate.count('append')).toBe(2);
  });

  it('have their time for waiting as well', async () => {
    const first = append('x', { scope: 's', timeout: 1_000 });
    const late = append('y', { scope: 's', timeout: 100 });
    const held = await next('append');
    world.runtime.advance(100);
    expect(await late).toMatchObject({ error: { code: 'timeout' } });
    expect(list()).toEqual(['x']);
    held.answer();
    await first;
    const again = append('z', { scope: 's' });
    (await next('append')).answer();
    await again;
    await until(() => !observer.fetching.value);
  });

  it('wait for what becomes of a conflict', async () => {
    const first = patch({ b: 1 }, { scope: 's', onConflict: (_error, id, fields) => [id, { ...fields, c: 1 }] });
    const second = append('x', { scope: 's' });
    (await next('patch')).fail(conflict());
    const again = await next('patch');
    await arrived();
    expect(world.items.gate.held).toEqual([]);
    again.answer();
    (await next('append')).answer();
    await Promise.all([first, second]);
    expect(world.items.at('a')).toMatchObject({ b: 1, c: 1, list: ['x'] });
  });

  it.each([5, {}, null])('is refused as a name when it is no text: %j', async (scope) => {
    expect(await append('x', { scope: scope as never })).toMatchObject({
      error: { code: 'invalid-argument', method: 'append', reason: expect.stringContaining('option scope is') },
    });
    expect(list()).toEqual([]);
    const good = append('y', { scope: '' });
    (await next('append')).answer();
    expect(await good).toHaveProperty('value');
  });
});

describe('mutations', () => {
  it.each([
    ['of one scope', { scope: 's' }],
    ['of no scope', {}],
  ])(
    '%s are sent in the order of their calls, though the second is called by a listener that sees the first',
    async (_of, options) => {
      let second: Promise<unknown> | undefined;
      const stop = client.watch(client.entry(Items, 'get', ['a']), () => {
        second ??= append('y', options);
      });
      const first = append('x', options);
      expect(list()).toEqual(['x', 'y']);
      for (const value of ['x', 'y']) {
        const held = await next('append');
        expect(held.args).toEqual(['a', value]);
        held.answer();
      }
      await Promise.all([first, second]);
      expect(world.items.at('a').list).toEqual(['x', 'y']);
      stop();
    },
  );
});

describe('onConflict', () => {
  it('sends its arguments, once, while the layer stays, and shows what was sent', async () => {
    const log = new TapLog();
    const seen: unknown[] = [];
    const done = patch(
      { a: 1, b: 1 },
      {
        onConflict: (error, ...args) => {
          seen.push([error.status, args, observer.data.value?.a]);
          return ['a', { a: 2 }];
        },
      },
    );
    (await next('patch')).fail(conflict());
    const again = await next('patch');
    expect(seen).toEqual([[409, ['a', { a: 1, b: 1 }], 1]]);
    expect(again.args).toEqual(['a', { a: 2 }]);
    expect(observer.data.value).toMatchObject({ a: 2, b: 0 });
    expect(entriesOf()[0]?.layers).toMatchObject([{ state: 'pending', call: { args: ['a', { a: 2 }] } }]);
    again.answer();
    expect(await done).toMatchObject({ value: { a: 2, b: 0 } });
    expect(observer.data.value).toEqual(world.items.at('a'));
    const [first, second] = log.all('callStart');
    expect(second).toMatchObject({ reason: 'conflict', ref: { args: ['a', { a: 2 }] } });
    expect(second && log.chain(second)).toEqual(['callStart', 'callEnd', 'callStart']);
    expect(first?.ref).toMatchObject({ args: ['a', { a: 1, b: 1 }] });
  });

  it('may take its time, and gives the arguments of the second call to commit', async () => {
    const committed: unknown[] = [];
    const optimistic = layer(
      client.entry(Items, 'get', ['a']),
      (item: Item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields }),
      (_item: Item, saved: Item, id: string, fields: Partial<Item>) => {
        committed.push([id, fields]);
        return saved;
      },
    );
    let answer: (args: [string, Partial<Item>]) => void = () => undefined;
    const asked = new Promise<[string, Partial<Item>]>((resolve) => {
      answer = resolve;
    });
    const done = patch({ a: 1 }, { optimistic, onConflict: () => asked });
    (await next('patch')).fail(conflict());
    await arrived();
    expect(observer.data.value?.a).toBe(1);
    // The time of the second call begins with it.
    world.runtime.advance(1e6);
    answer(['a', { a: 3 }]);
    (await next('patch')).answer();
    expect(await done).toMatchObject({ value: { a: 3 } });
    expect(committed).toEqual([['a', { a: 3 }]]);
  });

  it.each([
    ['gives nothing', () => undefined, { code: 'remote', status: 409 }],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      { code: 'invalid-argument', reason: expect.stringContaining('option onConflict threw: boom') },
    ],
    ['rejects', () => Promise.reject(new Error('boom')), { code: 'invalid-argument' }],
    [
      'gives no list',
      () => 5 as never,
      { code: 'invalid-argument', reason: expect.stringContaining('it gave 5, expected a list') },
    ],
  ])('that %s ends the mutation, and its layer goes', async (_how, onConflict, error) => {
    const done = patch({ a: 1 }, { onConflict });
    (await next('patch')).fail(conflict());
    expect(await done).toMatchObject({ error: { ...error, method: 'patch' } });
    expect(observer.data.value?.a).toBe(0);
    expect(world.items.gate.count('patch')).toBe(1);
    const good = patch({ a: 2 });
    (await next('patch')).answer();
    expect(await good).toHaveProperty('value');
  });

  it('is not asked again: a second conflict is final', async () => {
    let asked = 0;
    const onConflict = (_error: NetronError, ...args: [string, Partial<Item>]) => {
      asked++;
      return args;
    };
    const done = patch({ a: 1 }, { onConflict });
    (await next('patch')).fail(conflict());
    (await next('patch')).fail(conflict());
    expect(await done).toMatchObject({ error: { status: 409 } });
    expect(asked).toBe(1);
    expect(observer.data.value?.a).toBe(0);
    expect(entriesOf()[0]).toMatchObject({ layers: [] });
  });

  it('is for conflicts alone', async () => {
    let asked = 0;
    const done = patch({ a: 1 }, { onConflict: () => void asked++ });
    (await next('patch')).fail(new TitanError(412, 'no'));
    expect(await done).toMatchObject({ error: { status: 412 } });
    expect(asked).toBe(0);
  });

  it('is not waited for by who has given up', async () => {
    const controller = new AbortController();
    const done = patch({ a: 1 }, { signal: controller.signal, onConflict: () => new Promise(() => undefined) });
    (await next('patch')).fail(conflict());
    await arrived();
    controller.abort();
    expect(await done).toMatchObject({ error: { code: 'aborted', method: 'patch' } });
    expect(observer.data.value?.a).toBe(0);
  });

  it('may throw what has no text', async () => {
    const done = patch({ a: 1 }, { onConflict: () => Promise.reject(Object.create(null)) });
    (await next('patch')).fail(conflict());
    expect(await done).toMatchObject({ error: { code: 'invalid-argument' } });
  });
});
