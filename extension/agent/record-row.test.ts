import { afterEach, describe, expect, it } from 'vitest';
import { NetronClient, type Runtime } from '../../client/index.js';
import { RELEASED, TAP_REGISTRY_KEY, TapKind, type TapRow, VALUE_RELEASED } from '../../protocol/index.js';
import { diffReply, drainMessage, valueReply } from '../../protocol/tap/agent-message.schema.js';
import { parseRecords, type TapRecord } from '../panel/store/record.js';
import { Agent } from './agent.js';
import { rowBody } from './record-row.js';

let client: NetronClient | undefined;

afterEach(() => {
  client?.close();
  Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
});

/** Answers with the statuses in turn, and with 200 from then on; only short timers run out. */
function runtimeWith(statuses: readonly number[]): Runtime {
  const left = [...statuses];
  let [clockMs, ids] = [1_000, 0];
  return {
    now: () => ++clockMs,
    random: () => (++ids * 0.618_033_988_749_895) % 1,
    setTimeout: (run, delayMs) => (delayMs < 1_000 ? queueMicrotask(run) : undefined),
    clearTimeout: () => undefined,
    openWebSocket: () => {
      throw new Error('no socket in this test');
    },
    async fetch(_url, init) {
      const { id } = JSON.parse(new TextDecoder().decode(init.body as Uint8Array<ArrayBuffer>));
      const status = left.shift() ?? 200;
      if (status === 200) return Response.json({ id, success: true, data: { list: [1, 2, 3] } });
      const error = { code: String(status), message: 'busy, password=canary' };
      return Response.json({ id, success: false, error }, { status });
    },
  };
}

function recordsOf(agent: Agent, kind: number): TapRecord[] {
  const drain = drainMessage.parse(JSON.parse(agent.drain({ session: '', cursor: 0, capChars: 300_000 })));
  return parseRecords(drain).records.filter((record) => record.kind === kind);
}

const bodyOf = (kind: number, ref: unknown, a: unknown, b: unknown) =>
  rowBody([9, kind, 0, 0, '', ref, a, b] satisfies TapRow, { visits: 100 });

describe('a row', () => {
  it('says of an attempt why the one before failed, and how long it waits', async () => {
    client = new NetronClient({ url: 'https://api.test', runtime: runtimeWith([503, 502]), devtools: true });
    await client.query('users', 'get', [], { retry: { attempts: 3, initialDelay: 40, jitter: false } });
    const attempts = recordsOf(new Agent('b1'), TapKind.callAttempt);
    expect(attempts.map(({ label, num, text, reason }) => [label.split('\0'), num, text, reason])).toEqual([
      [['remote', '503', ''], 40, 'busy, password=••••', 'retry'],
      [['remote', '502', ''], 80, 'busy, password=••••', 'retry'],
    ]);
    expect(new Set(attempts.map(({ refId, cause }) => `${refId} ${cause}`)).size).toBe(1);
  });

  it('says of a breaker which one it is, its state, and why', async () => {
    const circuitBreaker = { threshold: 1, perService: true };
    const backends = { main: { url: 'https://api.test', circuitBreaker } };
    client = new NetronClient({ backends, runtime: runtimeWith([500]), devtools: true });
    await client.query('users', 'get', []).catch(() => undefined);
    const [opened] = recordsOf(new Agent('b1'), TapKind.breakerState);
    expect([opened?.label.split('\0'), opened?.text]).toEqual([['main', 'open', 'users'], 'threshold']);
  });

  it('says that its value was released, in place of nothing', async () => {
    client = new NetronClient({
      url: 'https://api.test',
      runtime: runtimeWith([]),
      devtools: { ringCapacity: 1_000 },
      defaults: { cache: 60_000 },
    });
    await client.query('users', 'get', ['a']);
    for (let i = 0; i < 300; i++) await client.query('users', 'get', ['a']);
    const agent = new Agent('b1');
    const [end] = recordsOf(agent, TapKind.callEnd);
    const [write] = recordsOf(agent, TapKind.cacheWrite);
    expect([end?.text, write?.text]).toEqual([VALUE_RELEASED, VALUE_RELEASED]);
    const gone = { gone: expect.stringContaining('released') };
    const value = agent.value({ of: 'record', seq: end?.seq ?? 0, slot: 'a' }, [], 0);
    expect(valueReply.parse(JSON.parse(value))).toMatchObject(gone);
    expect(diffReply.parse(JSON.parse(agent.diff(write?.seq ?? 0)))).toMatchObject(gone);
    const args = agent.value({ of: 'record', seq: end?.seq ?? 0, slot: 'args' }, [], 0);
    expect(valueReply.parse(JSON.parse(args))).toMatchObject({ node: { preview: '["a"]' } });
  });

  it.each([
    ['cacheWrite', RELEASED, RELEASED, { text: VALUE_RELEASED }],
    ['optimisticApply', { a: 1 }, RELEASED, { text: VALUE_RELEASED }],
    ['optimisticRebase', RELEASED, RELEASED, { num: 0, text: '' }],
    ['streamChunk', RELEASED, 12, { num: 12, text: VALUE_RELEASED }],
    ['callEnd', RELEASED, 0, { label: 'ok', text: VALUE_RELEASED }],
    ['callEnd', RELEASED, 2, { label: 'aborted', text: '' }],
    ['callAttempt', 'not an error', 5, { num: 5, text: 'Error: "not an error"' }],
    ['breakerState', 'open', 'ratio', { label: 'main\0open\0', text: 'ratio' }],
  ] as const)('of %s stands for %s and %s', (kind, a, b, body) => {
    const ref = { seq: 4, id: 7, name: 'main', service: '' };
    expect(bodyOf(TapKind[kind], ref, a, b)).toMatchObject(body);
  });
});
