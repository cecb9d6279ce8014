import { afterEach, expect, it } from 'vitest';
import { type ClientOptions, NetronClient, type Runtime } from '../../client/index.js';
import { TAP_REGISTRY_KEY, type TapRegistry } from '../../protocol/index.js';
import { drainMessage, entryRow } from '../../protocol/tap/agent-message.schema.js';
import { Agent } from './agent.js';

const CAP = 300_000;
const clients: NetronClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
});

/** Timers that the test lets run out, and a network that says how often it was asked. */
class Page {
  readonly timers = new Set<() => void>();
  answers = 0;
  #clockMs = 1_000;
  #ids = 0;

  readonly runtime: Runtime = {
    now: () => ++this.#clockMs,
    random: () => (++this.#ids * 0.618_033_988_749_895) % 1,
    setTimeout: (run) => {
      this.timers.add(run);
      return run;
    },
    clearTimeout: (timer) => void this.timers.delete(timer as () => void),
    openWebSocket: () => {
      throw new Error('no socket in this test');
    },
    fetch: async (_url, init) => {
      const { id } = JSON.parse(new TextDecoder().decode(init.body as Uint8Array<ArrayBuffer>));
      return Response.json({ id, success: true, data: ++this.answers });
    },
  };

  open(cache?: ClientOptions['cache'], ringCapacity = 4_096): NetronClient {
    const client = new NetronClient({
      backends: { main: { url: 'https://api.test', cache: { maxAge: 60_000, tags: ['users'] } } },
      runtime: this.runtime,
      devtools: { ringCapacity },
      ...(cache && { cache }),
    });
    clients.push(client);
    return client;
  }

  expire(): void {
    for (const run of [...this.timers]) {
      this.timers.delete(run);
      run();
    }
  }
}

/** What a panel would ask, and what it learns of entries. */
class Panel {
  readonly agent = new Agent('b1');
  #session = '';
  #cursor = 0;

  drain(capChars = CAP, again = false) {
    const request = { session: this.#session, cursor: this.#cursor, capChars, again };
    const drain = drainMessage.parse(JSON.parse(this.agent.drain(request)));
    [this.#session, this.#cursor] = [drain.session, drain.next];
    return { ...drain, entries: drain.entries.map((entry) => entryRow.parse(entry)) };
  }

  entries(capChars = CAP) {
    return this.drain(capChars).entries.map(({ args, invalidated }) => `${args} ${invalidated}`);
  }
}

const get = (client: NetronClient, id: string): Promise<unknown> => client.query('users', 'get', [id]);
const emptied = { evicted: true, hasBase: false, writes: 1, args: '"a"' };

it('tells once of every entry that an invalidation reached, though none has a record', async () => {
  const client = new Page().open();
  for (const id of ['a', 'b']) await get(client, id);
  const panel = new Panel();
  expect(panel.entries()).toEqual(['"a" false', '"b" false']);
  client.invalidate('users');
  expect(panel.entries()).toEqual(['"a" true', '"b" true']);
  client.invalidate('users');
  expect(panel.entries()).toEqual([]);
  await get(client, 'a');
  expect(panel.entries()).toEqual(['"a" false']);
  client.invalidate({ method: 'users.get' });
  expect(panel.entries()).toEqual(['"a" true']);
  client.invalidate('of nobody');
  expect(panel.entries()).toEqual([]);
});

it('does not tell of the entries of another client', async () => {
  const page = new Page();
  const [one, two] = [page.open(), page.open()];
  await get(one, 'a');
  await get(two, 'b');
  const panel = new Panel();
  panel.drain();
  two.invalidate('users');
  expect(panel.entries()).toEqual(['"b" true']);
});

it('spreads what an invalidation reached over as many drains as it needs', async () => {
  const client = new Page().open();
  for (let i = 0; i < 300; i++) await get(client, `u${i}`);
  const panel = new Panel();
  while (panel.drain().more);
  client.invalidate('users');
  const told: string[] = [];
  for (let more = true; more; ) {
    const drain = panel.drain(10_000);
    expect(JSON.stringify(drain).length).toBeLessThan(20_000);
    told.push(...drain.entries.filter(({ invalidated }) => invalidated).map(({ args }) => args));
    ({ more } = drain);
  }
  expect([told.length, new Set(told).size]).toEqual([300, 300]);
});

it('tells all entries again when a reply did not arrive', async () => {
  const client = new Page().open();
  await get(client, 'a');
  const panel = new Panel();
  panel.drain();
  client.invalidate('users');
  panel.drain();
  expect(panel.drain(CAP, true).entries).toMatchObject([{ args: '"a"', invalidated: true }]);
  expect(panel.entries()).toEqual([]);
});

it('tells all entries again when records were lost that may have told of them', async () => {
  const page = new Page();
  await get(page.open(), 'a');
  const panel = new Panel();
  panel.drain();
  const unseen = page.open();
  await get(unseen, 'b');
  unseen.close();
  const drain = panel.drain();
  expect([drain.lost, drain.entries.map(({ args }) => args)]).toEqual([6, ['"a"']]);
  expect(panel.entries()).toEqual([]);
});

it('says of an entry that made room for others that it is evicted, and empty', async () => {
  const client = new Page().open({ maxEntries: 1 });
  await get(client, 'a');
  const panel = new Panel();
  panel.drain();
  await get(client, 'b');
  const { entries } = panel.drain();
  expect(entries.map(({ args, evicted, hasBase }) => [args, evicted, hasBase])).toEqual([
    ['"a"', true, false],
    ['"b"', false, true],
  ]);
});

it('says of an entry that nobody used that it is evicted, and not of one that came back', async () => {
  const page = new Page();
  const client = page.open({ gcTime: 1_000 });
  await get(client, 'a');
  const panel = new Panel();
  panel.drain();
  page.expire();
  page.expire();
  expect(panel.drain().entries).toMatchObject([emptied]);
  await get(client, 'a');
  expect(panel.drain().entries).toMatchObject([{ evicted: false, hasBase: true }]);
});

it('says of an entry that was cleared under its observer that it is empty, and still there', async () => {
  const page = new Page();
  const client = page.open();
  await get(client, 'a');
  const { cache } = client.parts;
  const [observed] = cache.store.recency;
  if (observed !== undefined) cache.store.hold(observed);
  const panel = new Panel();
  panel.drain();
  client.clear();
  expect(panel.drain().entries).toMatchObject([{ evicted: false, hasBase: false, fetching: true }]);
});

it('gives the time of a value in whole milliseconds', async () => {
  const page = new Page();
  const client = page.open();
  const { now } = page.runtime;
  Object.assign(page.runtime, { now: () => now() + 0.75 });
  await get(client, 'a');
  const [entry] = new Panel().drain().entries;
  expect(entry?.updatedAtMs).toBeGreaterThan(1_000);
  expect(Number.isInteger(entry?.updatedAtMs)).toBe(true);
});

it('loses only the entry that cannot say whether it is invalidated', async () => {
  const client = new Page().open();
  await get(client, 'a');
  const panel = new Panel();
  panel.drain();
  const [tap] = Reflect.get(globalThis, TAP_REGISTRY_KEY) as TapRegistry;
  if (tap === undefined) throw new Error('no tap');
  const { command } = tap;
  const { proxy: broken, revoke } = Proxy.revocable({}, {});
  revoke();
  tap.command = (asked) => {
    const answer = command.call(tap, asked);
    return Array.isArray(answer) ? [broken, ...answer] : answer;
  };
  client.invalidate('users');
  expect(panel.entries()).toEqual(['"a" true']);
});
