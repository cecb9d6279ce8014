import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { layer, NetronClient, type Runtime } from '../../client/index.js';
import { TAP_REGISTRY_KEY, type Tap, TapKind, type TapRegistry } from '../../protocol/index.js';
import {
  commandReply,
  diffReply,
  drainMessage,
  entryRow,
  helloMessage,
  recordRow,
  valueReply,
} from '../../protocol/tap/agent-message.schema.js';
import type { RawDrain } from '../bridge/page-agent.js';
import { parseRecords, type TapRecord } from '../panel/store/record.js';
import { Agent } from './agent.js';
import { CLOSED_CLIENT_DRAINS, LEASE_MS, RING_CAPACITY } from './limits.js';

const CAP = 300_000;

/** What the agent takes of its page, besides the clients. */
class Page {
  readonly events = new EventTarget();
  readonly stored = new Map<string, string>();
  href = 'https://app.test/people';

  readonly storage = {
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => this.stored.set(key, value),
    removeItem: (key: string) => this.stored.delete(key),
  };

  install(): void {
    vi.stubGlobal('addEventListener', this.events.addEventListener.bind(this.events));
    vi.stubGlobal('location', this);
    vi.stubGlobal('sessionStorage', this.storage);
  }
}

type Answer = (request: { service: string; method: string; input: readonly unknown[] }) => unknown;

let ids = 0;

/** A network that answers with what the test says; a promise keeps the caller waiting. */
function runtimeWith(answer: Answer): Runtime {
  let clockMs = 1_000;
  return {
    now: () => ++clockMs,
    random: () => (++ids * 0.618_033_988_749_895) % 1,
    setTimeout: () => 0,
    clearTimeout: () => undefined,
    openWebSocket: () => {
      throw new Error('no socket in this test');
    },
    async fetch(_url, init) {
      const request = JSON.parse(new TextDecoder().decode(init.body as Uint8Array<ArrayBuffer>));
      const data = await answer(request);
      if (data instanceof Error) {
        const error = { code: '500', message: data.message };
        return Response.json({ id: request.id, success: false, error }, { status: 500 });
      }
      return Response.json({ id: request.id, success: true, data });
    },
  };
}

let page: Page;
const clients: NetronClient[] = [];

beforeEach(() => {
  page = new Page();
  page.install();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(answer: Answer = ({ input }) => ({ echo: input }), ringCapacity = 4_096, name = 'shop'): NetronClient {
  const devtools = { ringCapacity, name };
  const client = new NetronClient({
    backends: { main: { url: 'https://api.test', cache: 60_000 } },
    runtime: runtimeWith(answer),
    devtools,
  });
  clients.push(client);
  return client;
}

const registry = (): TapRegistry => Reflect.get(globalThis, TAP_REGISTRY_KEY) as TapRegistry;
/** Answered by the cache after the first time: one record each. */
const hit = (client: NetronClient, id = 'u1'): Promise<unknown> => client.query('users', 'get', [id]);

function drainOf(agent: Agent, cursor = 0, session = '', capChars = CAP): RawDrain {
  return drainMessage.parse(JSON.parse(agent.drain({ session, cursor, capChars })));
}

function recordsOf(drain: RawDrain): TapRecord[] {
  const { records, rejected } = parseRecords(drain);
  expect(rejected).toBe(0);
  return records;
}

const entriesIn = (drain: RawDrain) => drain.entries.map((candidate) => entryRow.parse(candidate));
const argsIn = (drain: RawDrain): string[] => entriesIn(drain).map(({ args }) => args);
const gapsIn = (records: readonly TapRecord[]) =>
  records.filter(({ kind }) => kind === TapKind.gap).map(({ seq, num }) => [seq, num]);

/** Drains until nothing is left. */
function drainAll(agent: Agent, capChars = CAP, from = 0, session = ''): { drains: RawDrain[]; records: TapRecord[] } {
  const drains: RawDrain[] = [];
  let next = from;
  let of = session;
  for (;;) {
    const drain = drainOf(agent, next, of, capChars);
    drains.push(drain);
    ({ next, session: of } = drain);
    if (!drain.more) return { drains, records: drains.flatMap(recordsOf) };
    expect(drains.length).toBeLessThan(1_000);
  }
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const seqsOf = (records: readonly TapRecord[]): number[] => records.map(({ seq }) => seq);

describe('hello', () => {
  it('introduces the page and its clients', () => {
    open(undefined, 64);
    const hello = helloMessage.parse(JSON.parse(new Agent('b1').hello()));
    expect(hello).toMatchObject({
      session: registry().clock.session,
      fault: '',
      clients: [
        { name: 'shop', backends: [{ name: 'main', url: 'https://api.test' }], ringCapacity: 64, ringLength: 0 },
      ],
      url: 'https://app.test/people',
    });
  });

  it('has no session on a page without a client', () => {
    const hello = helloMessage.parse(JSON.parse(new Agent('b1').hello()));
    expect(hello).toMatchObject({ session: '', fault: '', clients: [] });
  });

  it('does not tell the tokens that stand in addresses', () => {
    page.href = 'https://app.test/cb?access_token=canary1#id_token=canary2';
    clients.push(
      new NetronClient({ url: 'https://ada:canary3@api.test/?token=canary4', runtime: runtimeWith(() => 1) }),
    );
    const agent = new Agent('b1');
    expect(agent.hello()).not.toContain('canary');
    expect(agent.drain({ session: '', cursor: 0, capChars: CAP })).not.toContain('canary');
  });
});

describe('drain', () => {
  it('goes on at the cursor, without loss and without repetition', async () => {
    const client = open();
    const agent = new Agent('b1');
    const seen: number[] = [];
    let { next, session } = drainOf(agent);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i <= round; i++) await hit(client, `u${i}`);
      const drain = drainOf(agent, next, session);
      seen.push(...seqsOf(recordsOf(drain)));
      ({ next, session } = drain);
    }
    expect(seen).toEqual(upTo(registry().clock.seq - 1));
    expect(drainOf(agent, next, session)).toMatchObject({
      rows: [],
      entries: [],
      more: false,
      lost: 0,
      from: next,
      next,
    });
  });

  it('answers the same cursor twice with the same records', async () => {
    const client = open();
    const agent = new Agent('b1');
    await hit(client);
    const first = recordsOf(drainOf(agent));
    expect(recordsOf(drainOf(agent))).toEqual(first);
    expect(first.map(({ kind }) => kind)).toEqual([
      TapKind.cacheMiss,
      TapKind.callStart,
      TapKind.frameOut,
      TapKind.frameIn,
      TapKind.callEnd,
      TapKind.cacheWrite,
    ]);
  });

  it('stops at its cap, says that more waits, and leaves out nothing', async () => {
    const client = open();
    for (let i = 0; i < 300; i++) await hit(client);
    const agent = new Agent('b1');
    const { drains, records } = drainAll(agent, 2_000);
    expect(drains.length).toBeGreaterThan(5);
    expect(drains.slice(0, -1).every(({ more }) => more)).toBe(true);
    expect(seqsOf(records)).toEqual(upTo(registry().clock.seq - 1));
    for (const drain of drains) expect(JSON.stringify(drain.rows).length).toBeLessThan(4_000);
  });

  it('shows exactly what the ring overwrote before it was read', async () => {
    const client = open(undefined, 16);
    for (let i = 0; i < 40; i++) await hit(client);
    const written = registry().clock.seq - 1;
    const agent = new Agent('b1');
    const drain = drainOf(agent);
    const records = recordsOf(drain);
    expect(gapsIn(records)).toEqual([[1, written - 16]]);
    expect(drain.lost).toBe(written - 16);
    expect(seqsOf(records).slice(1)).toEqual(upTo(written).slice(-16));
  });

  it('keeps many more from the first drain on, so that a flood between two of them is not lost', async () => {
    const client = open(undefined, 16);
    const agent = new Agent('b1');
    const { next, session, clients: rows } = drainOf(agent);
    expect(rows[0]).toMatchObject({ ringCapacity: RING_CAPACITY });
    for (let i = 0; i < 2_000; i++) await hit(client);
    const { drains, records } = drainAll(agent, CAP, next, session);
    expect(drains.reduce((sum, { lost }) => sum + lost, 0)).toBe(0);
    expect(seqsOf(records)).toEqual(upTo(registry().clock.seq - 1));
  });

  it('merges two clients in the order of what happened', async () => {
    const [one, two] = [open(undefined, 4_096, 'one'), open(undefined, 4_096, 'two')];
    for (let i = 0; i < 700; i++) await hit(i % 3 === 0 ? one : two);
    const { records, drains } = drainAll(new Agent('b1'), 20_000);
    expect(seqsOf(records)).toEqual(upTo(registry().clock.seq - 1));
    expect(gapsIn(records)).toEqual([]);
    expect(drains.at(-1)?.clients.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(entriesIn(drains[0] as RawDrain).map(({ client }) => client)).toHaveLength(2);
  });

  it('knows a gap of one client from the records of another', async () => {
    const [small, large] = [open(undefined, 16, 'small'), open(undefined, 4_096, 'large')];
    const mine: number[] = [];
    for (let i = 0; i < 60; i++) {
      const before = registry().clock.seq;
      await hit(i % 2 === 0 ? small : large);
      if (i % 2 === 1) mine.push(...upTo(registry().clock.seq - 1).filter((seq) => seq >= before));
    }
    const { records, drains } = drainAll(new Agent('b1'));
    const kept = records.filter(({ kind }) => kind !== TapKind.gap);
    const lost = gapsIn(records).flatMap(([seq = 0, num = 0]) => upTo(num).map((i) => seq + i - 1));
    expect([...seqsOf(kept), ...lost].sort((a, b) => a - b)).toEqual(upTo(registry().clock.seq - 1));
    expect(mine.every((seq) => kept.some((record) => record.seq === seq))).toBe(true);
    expect(drains[0]?.lost).toBe(lost.length);
    expect(kept.length - mine.length).toBe(16);
  });

  it('tells what a client that was closed still has to tell, and how its last calls ended', async () => {
    let drop = (_: Error): void => undefined;
    const silence = new Promise((_, reject) => {
      drop = reject;
    });
    // A call that is closed before it is sent waits for no answer.
    silence.catch(() => undefined);
    const [one, two] = [open(), open(() => silence)];
    await hit(one);
    const agent = new Agent('b1');
    const first = drainOf(agent);
    const ended = hit(two, 'a').catch(({ code }) => code);
    two.close();
    const closed = drainOf(agent, first.next, first.session);
    expect(recordsOf(closed).map(({ kind }) => kind)).toContain(TapKind.callStart);
    expect(closed.clients).toHaveLength(1);
    drop(new Error('the connection is gone'));
    expect(await ended).toBe('network');
    const after = drainOf(agent, closed.next, first.session);
    expect(recordsOf(after).map(({ kind }) => kind)).toContain(TapKind.callEnd);
    expect([closed.lost, after.lost]).toEqual([0, 0]);
  });

  it('counts the records of a client that came and went unseen, or is gone for longer', async () => {
    const one = open();
    await hit(one);
    const agent = new Agent('b1');
    const { next, session } = drainOf(agent);
    const two = open();
    await hit(two, 'a');
    two.close();
    const atEnd = drainOf(agent, next, session);
    expect([atEnd.lost, atEnd.next, atEnd.rows]).toEqual([6, registry().clock.seq, []]);
    await hit(one);
    const third = drainOf(agent, atEnd.next, session);
    expect(seqsOf(recordsOf(third))).toEqual([registry().clock.seq - 1]);
    one.close();
    const fourth = upTo(CLOSED_CLIENT_DRAINS)
      .map(() => drainOf(agent, third.next, session))
      .at(-1);
    one.setData(one.entry('users', 'get', ['late']), 1);
    expect(drainOf(agent, fourth?.next, session).rows).toEqual([]);
  });

  it('tells all entries at first, and later those that something happened to', async () => {
    const client = open();
    for (const id of ['a', 'b', 'c']) await hit(client, id);
    const agent = new Agent('b1');
    const first = drainOf(agent);
    expect(argsIn(first)).toEqual(['"a"', '"b"', '"c"']);
    await hit(client, 'b');
    const second = drainOf(agent, first.next, first.session);
    expect(argsIn(second)).toEqual(['"b"']);
    expect(entriesIn(second)[0]).toMatchObject({ hits: 1, writes: 1, hasBase: true, maxAgeMs: 60_000 });
    expect(argsIn(drainOf(agent, second.next, second.session))).toEqual([]);
  });

  it('tells entries whose records are long gone', async () => {
    const client = open(undefined, 16);
    for (let i = 0; i < 50; i++) await hit(client, `u${i}`);
    expect(argsIn(drainOf(new Agent('b1')))).toHaveLength(50);
  });

  it('spreads many entries over several drains', async () => {
    const client = open(undefined, 16);
    for (let i = 0; i < 200; i++) await hit(client, `u${i}`);
    const { drains } = drainAll(new Agent('b1'), 10_000);
    expect(drains.length).toBeGreaterThan(5);
    expect(new Set(drains.flatMap(argsIn)).size).toBe(200);
    for (const drain of drains) expect(JSON.stringify(drain).length).toBeLessThan(20_000);
  });

  it('begins anew for a panel that knows another session', async () => {
    const client = open();
    await hit(client);
    const agent = new Agent('b1');
    const drain = drainOf(agent, 5_000, 'of the document before');
    expect([drain.from, drain.session]).toEqual([0, registry().clock.session]);
    expect(seqsOf(recordsOf(drain))).toEqual(upTo(6));
    expect(argsIn(drain)).toEqual(['"u1"']);
  });

  it('begins anew when the document has another registry', async () => {
    await hit(open());
    const agent = new Agent('b1');
    const before = drainOf(agent);
    Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
    await hit(open(), 'other');
    const after = drainOf(agent, before.next, before.session);
    expect(after.session).not.toBe(before.session);
    expect([after.from, argsIn(after)]).toEqual([0, ['"other"']]);
  });

  it('takes in a client that comes later, with what it holds', async () => {
    await hit(open(undefined, 16, 'one'), 'a');
    const agent = new Agent('b1');
    const { next, session } = drainOf(agent);
    const late = open(undefined, 16, 'late');
    await hit(late, 'b');
    const drain = drainOf(agent, next, session);
    expect(drain.clients.map(({ name, ringCapacity }) => [name, ringCapacity])).toEqual([
      ['one', RING_CAPACITY],
      ['late', RING_CAPACITY],
    ]);
    expect(argsIn(drain)).toEqual(['"b"']);
    expect(seqsOf(recordsOf(drain))).toEqual(upTo(registry().clock.seq - 1).slice(next - 1));
  });

  it('has nothing to say of a page without clients, and starts when one comes', async () => {
    const agent = new Agent('b1');
    expect(drainOf(agent)).toMatchObject({ session: '', rows: [], entries: [], clients: [], more: false });
    await hit(open());
    expect(seqsOf(recordsOf(drainOf(agent, 1, '')))).toEqual(upTo(6));
  });

  it('writes rows that the panel accepts for whatever a client does', async () => {
    let fail = false;
    const client = open(({ input }) => (fail ? new Error('refused') : { name: 'Ada', n: input.length }));
    const entry = client.entry('users', 'get', ['u1']);
    await hit(client);
    await client.mutate('users', 'rename', ['u1', 'Bo'], {
      optimistic: layer(entry as never, (user: object, _id, name) => ({ ...user, name })),
      invalidate: ['users', /get/, { method: 'users.*' }],
    });
    fail = true;
    await client.mutate('users', 'rename', ['u1', 'X'], { optimistic: layer(entry as never, () => 5) }).catch(() => 0);
    await client.query('users', 'other', []).catch(() => 0);
    const drain = drainOf(new Agent('b1'));
    for (let at = 0; at < drain.rows.length; at += 8) recordRow.parse(drain.rows.slice(at, at + 8));
    const kinds = new Set(recordsOf(drain).map(({ kind }) => kind));
    for (const kind of ['optimisticApply', 'optimisticCommit', 'optimisticRollback', 'cacheInvalidate'] as const) {
      expect(kinds, kind).toContain(TapKind[kind]);
    }
    const ends = recordsOf(drain).filter(({ kind }) => kind === TapKind.callEnd);
    expect(ends.map(({ label, text }) => `${label.replaceAll('\0', '/')} ${text}`)).toEqual([
      'ok {name: "Ada", n: 1}',
      'ok {name: "Ada", n: 2}',
      'remote/500/ refused',
      'remote/500/ refused',
    ]);
  });

  it('cannot be confused by a name that contains its separator', async () => {
    await open()
      .mutate('a\0b', 'rename', [])
      .catch(() => 0);
    const start = recordsOf(drainOf(new Agent('b1'))).find(({ kind }) => kind === TapKind.callStart);
    expect(start?.label.split('\0')).toEqual(['mutation', 'main', 'a␀b', 'rename', 'HTTP']);
  });

  it('shows nothing secret, wherever a client got it from', async () => {
    const canary = 'canary-0451';
    const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${'canary'}0NTEx.c2lnbmF0dXJl`;
    const client = open(({ method }) =>
      method === 'fail'
        ? new Error(`bad password=${canary}`)
        : { user: 'ada', token: canary, nested: [{ secret: canary }] },
    );
    const entry = client.entry('auth', 'me', [{ password: canary }]);
    await client.query('auth', 'me', [{ password: canary }], { cache: { maxAge: 9, tags: [`t?token=${canary}`] } });
    await client.mutate('auth', 'login', [jwt, { apiKey: canary }], {
      optimistic: layer(entry as never, (me: object) => ({ ...me, token: `${canary}2`, extra: jwt })),
      invalidate: [`t?token=${canary}`],
    });
    await client.mutate('auth', 'fail', []).catch(() => 0);
    const agent = new Agent('b1');
    const texts = [agent.drain({ session: '', cursor: 0, capChars: CAP })];
    for (let seq = 1; seq < registry().clock.seq; seq++) {
      texts.push(agent.diff(seq));
      for (const slot of ['args', 'a', 'b'] as const) {
        for (const path of [[], [0], [1], [0, 0], [2], [2, 0]])
          texts.push(agent.value({ of: 'record', seq, slot }, path, 0));
      }
    }
    for (const slot of ['args', 'base', 'view', 'layer'] as const) {
      texts.push(agent.value({ of: 'entry', id: 1, slot, layer: 0 }, [], 0));
    }
    expect(texts.join('\n')).toContain('ada');
    expect(texts.join('\n')).not.toMatch(/canary/);
  });
});

describe('the lease', () => {
  it('gives the ring back when the panel has gone, and takes it again when it returns', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    vi.resetModules();
    const fresh = await import('./agent.js');
    const client = open(undefined, 16);
    const agent = new fresh.Agent('b1');
    const [tap] = registry();
    const capacity = (): unknown => (tap as Tap).command({ type: 'describe' });
    expect(capacity()).toMatchObject({ ringCapacity: 16 });
    const { next, session } = drainOf(agent);
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(LEASE_MS * 0.9);
      drainOf(agent, next, session);
      expect(capacity()).toMatchObject({ ringCapacity: RING_CAPACITY });
    }
    for (let i = 0; i < 40; i++) await hit(client);
    vi.advanceTimersByTime(LEASE_MS * 1.5);
    expect(capacity()).toMatchObject({ ringCapacity: 16 });
    expect(vi.getTimerCount()).toBe(0);
    const back = drainOf(agent, next, session);
    expect(capacity()).toMatchObject({ ringCapacity: RING_CAPACITY });
    expect(back.lost).toBe(registry().clock.seq - 1 - 16);
    expect(argsIn(back)).toEqual(['"u1"']);
  });
});

describe('value, diff, layerDiff and command', () => {
  const gone = { gone: expect.stringContaining('released') };

  async function withLayer() {
    let release: (value: unknown) => void = () => undefined;
    const client = open(({ method }) =>
      method === 'rename' ? new Promise((resolve) => (release = resolve)) : { name: 'Ada', list: [1, { deep: true }] },
    );
    await hit(client);
    const entry = client.entry('users', 'get', ['u1']);
    const settled = client.mutate('users', 'rename', ['u1', 'Bo'], {
      optimistic: [
        layer(entry as never, (user: object, _id, name) => ({ ...user, name })),
        layer(entry as never, (user: object) => ({ ...user, extra: 1 })),
      ],
    });
    await vi.waitFor(() => expect(registry().clock.seq).toBeGreaterThan(10));
    const finish = (): Promise<unknown> => {
      release({});
      return settled;
    };
    return { client, entry, agent: new Agent('b1'), finish };
  }

  it('read the values of records and entries, level by level', async () => {
    const { agent, entry, finish } = await withLayer();
    const value = (...args: Parameters<Agent['value']>) => valueReply.parse(JSON.parse(agent.value(...args)));
    const end = recordsOf(drainOf(agent)).find(({ kind }) => kind === TapKind.callEnd)?.seq ?? 0;
    const root = value({ of: 'record', seq: end, slot: 'a' }, [], 0);
    expect(root).toMatchObject({
      node: { type: 'object', preview: '{name: "Ada", list: [1, {…}]}', size: 2 },
      offset: 0,
    });
    expect(value({ of: 'record', seq: end, slot: 'a' }, [1, 1, 0], 0)).toMatchObject({ node: { type: 'boolean' } });
    expect(value({ of: 'record', seq: end, slot: 'args' }, [0], 0)).toMatchObject({ node: { preview: 'u1' } });
    const { id } = entry;
    const slots = ['args', 'base', 'view', 'layer'] as const;
    const previews = slots.map((slot) => {
      const reply = value({ of: 'entry', id, slot, layer: 1 }, [], 0);
      return 'node' in reply ? reply.node.preview : reply.gone;
    });
    expect(previews).toEqual([
      '["u1"]',
      '{name: "Ada", list: [1, {…}]}',
      '{name: "Bo", list: [1, {…}], extra: 1}',
      '{name: "Bo", list: [1, {…}], extra: 1}',
    ]);
    await finish();
  });

  it('tell what a record and what each layer changed', async () => {
    const { agent, entry, finish } = await withLayer();
    const apply = recordsOf(drainOf(agent)).filter(({ kind }) => kind === TapKind.optimisticApply);
    expect(apply.map(({ text }) => text)).toEqual(['~1', '+1']);
    expect(diffReply.parse(JSON.parse(agent.diff(apply[0]?.seq ?? 0)))).toMatchObject({
      changes: [{ path: '.name', op: 'change', before: '"Ada"', after: '"Bo"' }],
      omitted: 0,
    });
    const confirmed = { gone: expect.stringContaining('confirmed or rolled back') };
    const layers = [0, 1].map((index) => diffReply.parse(JSON.parse(agent.layerDiff(entry.id, index))));
    expect(layers).toMatchObject([{ changes: [{ path: '.name' }] }, { changes: [{ path: '.extra', op: 'add' }] }]);
    expect(diffReply.parse(JSON.parse(agent.layerDiff(entry.id, 2)))).toMatchObject(confirmed);
    await finish();
    expect(diffReply.parse(JSON.parse(agent.layerDiff(entry.id, 0)))).toMatchObject(confirmed);
  });

  it('say so when the value has left the page', async () => {
    const client = open(undefined, 16);
    for (let i = 0; i < 40; i++) await hit(client);
    const agent = new Agent('b1');
    expect(valueReply.parse(JSON.parse(agent.value({ of: 'record', seq: 2, slot: 'args' }, [], 0)))).toMatchObject(
      gone,
    );
    expect(diffReply.parse(JSON.parse(agent.diff(2)))).toMatchObject(gone);
    const entry = { of: 'entry', id: 999, slot: 'view', layer: 0 } as const;
    expect(valueReply.parse(JSON.parse(agent.value(entry, [], 0)))).toMatchObject(gone);
  });

  it('have nothing to show where a record is about no call', async () => {
    const client = open();
    client.invalidate('nothing');
    const agent = new Agent('b1');
    expect(valueReply.parse(JSON.parse(agent.value({ of: 'record', seq: 1, slot: 'args' }, [], 0)))).toMatchObject({
      node: { type: 'undefined' },
    });
  });

  it('run the two commands on the client that has the entry', async () => {
    const [one, two] = [open(), open()];
    await hit(one, 'a');
    await hit(two, 'b');
    const agent = new Agent('b1');
    const command = (type: string, entryId: number) => commandReply.parse(JSON.parse(agent.command({ type, entryId })));
    expect(command('invalidate', 2)).toMatchObject({ ok: true });
    const [first, second] = entriesIn(drainOf(agent));
    expect([first?.invalidated, second?.invalidated]).toEqual([false, true]);
    expect(command('refetch', 1)).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(entriesIn(drainOf(agent))[0]).toMatchObject({ writes: 2, lastReason: 'fetch' }));
    expect(command('refetch', 3)).toMatchObject({ error: expect.stringContaining('no entry 3') });
    expect(command('remove', 1)).toMatchObject({ error: expect.stringContaining('unknown command') });
  });
});

const alarm = (): never => {
  throw new Error('a tap that throws');
};

describe('on a hostile page', () => {
  it.each([
    ['null', null],
    ['a number', 1],
    ['an empty list', []],
    ['a list without a clock', [{ v: 1 }]],
    ['a clock without a session', Object.assign([], { clock: {} })],
    ['holes and junk', Object.assign([null, undefined, 5, 'x', {}, { v: 2 }], { clock: { session: 's', seq: 1 } })],
    ['a tap without methods', Object.assign([{ v: 1 }], { clock: { session: 's', seq: 1 } })],
    [
      'a tap that throws',
      Object.assign([{ v: 1, clientId: 'x', attach: alarm, detach: alarm, read: alarm, command: alarm }], {
        clock: { session: 's', seq: 1 },
      }),
    ],
    ['a registry that throws', new Proxy([], { get: alarm })],
  ])('answers with something in place of its registry: %s', async (_, junk) => {
    Object.defineProperty(globalThis, TAP_REGISTRY_KEY, { value: junk, configurable: true });
    const agent = new Agent('b1');
    const ask = (): string[] => [
      agent.hello(),
      agent.drain({ session: '', cursor: 0, capChars: CAP }),
      agent.value({ of: 'record', seq: 1, slot: 'a' }, [], 0),
      agent.value({ of: 'entry', id: 1, slot: 'view', layer: 0 }, [], 0),
      agent.diff(1),
      agent.layerDiff(1, 0),
      agent.command({ type: 'refetch', entryId: 1 }),
    ];
    for (const reply of ask()) expect(JSON.parse(reply)).toMatchObject({ v: 1 });
    helloMessage.parse(JSON.parse(agent.hello()));
    page.events.dispatchEvent(new Event('pagehide'));
    Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
    await hit(open());
    expect(seqsOf(recordsOf(drainOf(agent)))).toEqual(upTo(6));
  });

  it('loses only the record that cannot be read', async () => {
    const client = open();
    await hit(client);
    const tap = registry()[0] as Tap;
    const read = tap.read.bind(tap);
    const broken = new Proxy({}, { get: alarm, getPrototypeOf: alarm });
    vi.spyOn(tap, 'read').mockImplementation((from, max) => {
      const { rows, ...rest } = read(from, max);
      return { ...rest, rows: rows.map((row) => (row[0] === 2 ? ([...row.slice(0, 5), broken, 0, 0] as never) : row)) };
    });
    const agent = new Agent('b1');
    expect(recordsOf(drainOf(agent)).map(({ seq, text }) => [seq, text === '(unreadable)'])).toEqual(
      upTo(6).map((seq) => [seq, seq === 2]),
    );
  });

  it.each([
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    ['a proxy that throws', () => new Proxy({}, new Proxy({}, { get: () => alarm }))],
    ['getters', () => Object.defineProperty({}, 'a', { get: alarm, enumerable: true })],
    ['toJSON', () => ({ toJSON: alarm })],
    [
      'a cycle',
      () => {
        const one: Record<string, unknown> = {};
        one.one = one;
        return one;
      },
    ],
    ['a bigint', () => 10n ** 50_000n],
    ['a lone surrogate', () => '\ud800\udfff\udc00'],
    ['a symbol', () => ({ [Symbol('s')]: Symbol('t') })],
    ['a thenable', () => Object.fromEntries([['then', alarm]])],
  ])('shows what an app keeps in an entry, even %s', async (_, make) => {
    const client = open();
    const entry = client.entry('users', 'get', ['u1']);
    await hit(client);
    await client
      .mutate('users', 'rename', [], { optimistic: layer(entry as never, make, make) })
      .catch(() => undefined);
    const agent = new Agent('b1');
    const records = recordsOf(drainOf(agent));
    for (const { seq } of records) {
      diffReply.parse(JSON.parse(agent.diff(seq)));
      for (const slot of ['a', 'b'] as const) {
        valueReply.parse(JSON.parse(agent.value({ of: 'record', seq, slot }, [], 0)));
        valueReply.parse(JSON.parse(agent.value({ of: 'record', seq, slot }, [0, 0], 0)));
      }
    }
    expect(seqsOf(records)).toEqual(upTo(registry().clock.seq - 1));
  });

  it('answers every question with a string, whatever the arguments', async () => {
    const client = open();
    await hit(client);
    client.invalidate('x');
    const agent = new Agent('b1');
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      fc.constantFrom(Number.NaN, -1, 1e308, Number.POSITIVE_INFINITY, undefined, null, '', 1n),
    );
    const ref = fc.oneof(
      anything,
      fc.record({
        of: fc.constantFrom('record', 'entry', 'x'),
        seq: anything,
        id: anything,
        slot: fc.constantFrom('a', 'args', 'view', '__proto__'),
        layer: anything,
      }),
      fc.record({ of: fc.constant('record'), seq: fc.nat(9), slot: fc.constantFrom('args', 'a', 'b') }),
    );
    const request = fc.oneof(
      anything,
      fc.record({
        session: fc.constantFrom(registry().clock.session, '', 'x'),
        cursor: anything,
        capChars: fc.oneof(fc.nat(1_000), anything),
      }),
    );
    const call = (method: 'drain' | 'value' | 'diff' | 'layerDiff' | 'command', args: readonly unknown[]): string =>
      (agent[method] as (...args: readonly unknown[]) => string).apply(agent, [...args]);
    fc.assert(
      fc.property(request, ref, fc.oneof(anything, fc.array(anything)), anything, (drain, value, path, other) => {
        const replies = [
          call('drain', [drain]),
          call('value', [value, path, other]),
          call('diff', [other]),
          call('layerDiff', [other, value]),
          call('layerDiff', [1, other]),
          call('command', [value]),
          call('command', [{ type: 'invalidate', entryId: other }]),
        ];
        for (const reply of replies) expect(JSON.parse(reply)).toMatchObject({ v: 1 });
      }),
      { numRuns: 150 },
    );
    expect(seqsOf(recordsOf(drainOf(agent))).slice(0, 6)).toEqual(upTo(6));
  });
});
