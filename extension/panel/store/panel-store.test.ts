import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DrainMessage, type EntryRow, TapKind } from '../../../protocol/index.js';
import type { DevtoolsHost } from '../../bridge/devtools-host.js';
import type { EvalOutcome } from '../../bridge/evaluator.js';
import { POLL_MS } from '../../bridge/limits.js';
import { PanelStore } from './panel-store.js';

vi.mock('../../bridge/agent-source.js', () => ({ agentSource: 'INJECT', agentBuild: 'b1' }));

class FakeWorker {
  onmessage: (() => void) | undefined;
  postMessage(everyMs: number): void {
    setInterval(() => this.onmessage?.(), everyMs);
  }
}

const ENTRY: EntryRow = {
  ...{ id: 4, client: 'c', backend: 'main', service: 'users@1.0.0', method: 'get', args: '"u1"', tags: ['users'] },
  ...{ observers: 1, hasBase: true, updatedAtMs: 1_000, maxAgeMs: -1, invalidated: false, fetching: false, error: '' },
  evicted: false,
  ...{ sizeBytes: 10, hits: 0, writes: 1, lastReason: 'fetch', layers: [] },
};
const EMPTY = {
  ...{ v: 1, lost: 0, more: false, nowMs: 2_000, t0Us: 0, table: [] as string[], rows: [] as unknown[] },
  ...{ entries: [] as unknown[], costMs: 0 },
  clients: [{ id: 'c', name: 'shop', backends: [], ringCapacity: 16, ringLength: 0 }],
};

/** What the page answers next: one drain each, then empty ones. */
let answers: (Partial<Record<keyof DrainMessage, unknown>> | EvalOutcome)[];
let commandReply: object;
let asked: string[];
let store: PanelStore;
let clients: readonly object[];
let cursor: number;
let session: string;

function answer(expression: string): EvalOutcome {
  const [, method = '', args = ''] = /a\.(\w+)\((.*)\):""/.exec(expression) ?? [];
  asked.push(`${method} ${args}`);
  if (method === 'command') return { kind: 'value', value: JSON.stringify({ v: 1, ...commandReply }) };
  const next = answers.shift() ?? {};
  if ('kind' in next) return next as EvalOutcome;
  const from = cursor;
  cursor += Array.isArray(next.rows) ? Math.floor(next.rows.length / 8) : 0;
  return { kind: 'value', value: JSON.stringify({ ...EMPTY, session, from, next: cursor, clients, ...next }) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  vi.stubGlobal('Worker', FakeWorker);
  clients = EMPTY.clients;
  [answers, asked, cursor, commandReply, session] = [[], [], 1, { ok: true }, 's1'];
  const host: DevtoolsHost = {
    name: 'chrome',
    evaluator: { evaluate: async (expression) => answer(expression) },
    theme: () => 'light',
    onThemeChange: () => undefined,
    onNavigated: () => undefined,
  };
  store = new PanelStore(host);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function take(...drains: typeof answers): Promise<void> {
  answers.push(...drains);
  if (asked.length === 0) store.start();
  await vi.advanceTimersByTimeAsync(POLL_MS * (drains.length + 8));
}

const TABLE = [
  ['query', 'main', 'users@1.0.0', 'get', 'HTTP'].join('\0'),
  'ok',
  ['remote', '500', ''].join('\0'),
  ['mutation', 'main', 'users@1.0.0', 'set', 'HTTP'].join('\0'),
];
const row = (
  kind: number,
  fields: { cause?: number; refId?: number; label?: number; num?: number; text?: string } = {},
) => [10, kind, fields.cause ?? 0, 1, fields.refId ?? 0, fields.label ?? 0, fields.num ?? 0, fields.text ?? ''];
const started = (label = 0) => row(TapKind.callStart, { label, num: 4, text: '"u1"' });
const ended = (call: number, label = 1, num = 0) =>
  row(TapKind.callEnd, { refId: call, cause: call, label, num, text: 'x' });

describe('PanelStore', () => {
  it('turns drains into calls, entries and history', async () => {
    const write = row(TapKind.cacheWrite, { cause: 2, refId: 4, text: '+2' });
    await take({ table: TABLE, rows: [started(), ended(1), write].flat(), entries: [ENTRY] });
    expect(store.link.value).toMatchObject({ kind: 'live', session: 's1' });
    expect(store.calls.visible.value).toMatchObject([
      { service: 'users@1.0.0', method: 'get', state: 'ok', effects: [{}, {}] },
    ]);
    expect(store.entries.visible.value).toEqual([ENTRY]);
    expect(store.history.visible.value).toMatchObject([
      { kind: 'write', call: 1, touched: [{ entryId: 4, diff: '+2' }] },
    ]);
    const [transaction] = store.history.visible.value;
    expect(transaction && store.namesOf(transaction)).toBe('users.get("u1")');
    expect([store.entryName(4), store.entryName(9)]).toEqual(['users.get("u1")', 'entry 9']);
  });

  it('lets an evicted entry go, and still knows its name', async () => {
    await take({ entries: [ENTRY, { ...ENTRY, id: 5, args: '"u2"' }] });
    expect(store.entries.total).toBe(2);
    const rows = [row(TapKind.cacheHit, { refId: 4 }), row(TapKind.cacheEvict, { refId: 4 })].flat();
    await take({ rows, entries: [{ ...ENTRY, evicted: true }] });
    expect(store.calls.visible.value).toMatchObject([{ method: 'get', args: '"u1"' }]);
    expect(store.entries.visible.value.map(({ id }) => id)).toEqual([5]);
    const [eviction] = store.history.visible.value;
    expect(eviction?.kind).toBe('evict');
    expect(eviction && store.namesOf(eviction)).toBe('users.get("u1")');
    await take({ entries: [ENTRY] });
    expect(store.entries.total).toBe(2);
  });

  it('keeps an entry that was emptied and is still in the cache', async () => {
    await take({ entries: [ENTRY] });
    await take({ rows: row(TapKind.cacheEvict, { refId: 4 }), entries: [{ ...ENTRY, hasBase: false }] });
    expect(store.entries.visible.value).toMatchObject([{ id: 4, hasBase: false }]);
  });

  it('lets the entries of a closed client go, and keeps its calls', async () => {
    const other = { ...EMPTY.clients[0], id: 'd' };
    clients = [...EMPTY.clients, other];
    await take({ table: TABLE, rows: started(), entries: [ENTRY, { ...ENTRY, id: 5, client: 'd' }] });
    clients = [other];
    await take({});
    expect(store.entries.visible.value.map(({ id }) => id)).toEqual([5]);
    clients = [];
    await take({});
    expect(store.link.value).toEqual({ kind: 'closed' });
    expect([store.entries.total, store.calls.total]).toEqual([0, 1]);
    expect(store.entryName(4)).toBe('users.get("u1")');
  });

  it('holds after a loss what the agent tells from then on', async () => {
    await take({ entries: [ENTRY, { ...ENTRY, id: 5 }] });
    await take({ lost: 3, entries: [ENTRY] });
    expect(store.entries.visible.value.map(({ id }) => id)).toEqual([4]);
  });

  it('knows which circuits let no calls through, whatever is cleared', async () => {
    const table = ['main\0open\0', 'main\0half-open\0', 'main\0closed\0', 'live\0open\0users@1.0.0'];
    const breaker = (label: number, text: string) => row(TapKind.breakerState, { label, text });
    await take({ table, rows: [breaker(0, 'threshold'), breaker(3, 'ratio'), breaker(1, 'cooldown')].flat() });
    store.clear();
    expect(store.circuits.open.map(({ name, state }) => [name, state])).toEqual([
      ['live users@1.0.0', 'open'],
      ['main', 'half-open'],
    ]);
    await take({ table, rows: breaker(2, 'recovered') });
    expect(store.circuits.open).toMatchObject([{ name: 'live users@1.0.0', seq: 2 }]);
    expect(store.history.visible.value).toMatchObject([{ kind: 'breaker', text: 'recovered' }]);
    [cursor, session] = [1, 's2'];
    await take({ entries: [ENTRY] });
    expect(store.circuits.open).toEqual([]);
  });

  it('names three of many entries that went at once', async () => {
    const ids = [4, 5, 6, 7, 8];
    const rows = ids.flatMap((refId) => row(TapKind.cacheGc, { refId }));
    await take({ rows, entries: ids.map((id) => ({ ...ENTRY, id, args: String(id), evicted: true })) });
    const [sweep] = store.history.visible.value;
    expect(sweep && store.namesOf(sweep)).toBe('users.get(4), users.get(5), users.get(6), and 2 more');
  });

  it('counts what it cannot read, and shows the rest', async () => {
    const junk = [null, 5, 'x', [], {}, { ...ENTRY, id: '4' }, { ...ENTRY, layers: [1] }, { ...ENTRY, tags: [1] }];
    const bad = [0, 'x', 0, 0, 0, 0, 0, ''];
    await take({ table: TABLE, rows: [started(), bad, ended(1)].flat(), entries: [...junk, ENTRY] });
    expect(store.meter.value).toMatchObject({ rejected: junk.length + 1, lost: 0 });
    expect(store.entries.total).toBe(1);
    expect(store.callLog.get(1)?.state).toBe('ok');
  });

  it.each([
    ['hostile names', [0, 1, 0, 0, 0, 0, 4, '<script>alert(1)</script>']],
    ['names of prototypes', [0, TapKind.cacheWrite, 0, 0, 4, 0, 0, '__proto__']],
    ['seqs out of all bounds', [0, TapKind.gap, 0, 0, 0, 0, 1e300, '']],
    ['a gap that goes back', [0, TapKind.gap, 0, 0, 0, 0, -5, '']],
    ['a kind of a later version', [0, 250, 1, 1, 1, 0, 1, '']],
    ['causes in the future', [0, TapKind.optimisticRollback, 1e15, 0, 0, 0, 0, '']],
  ])('survives %s', async (_, bad) => {
    await take({ table: ['\0\0\0\0\0\0', '__proto__'], rows: bad }, { table: TABLE, rows: started() });
    expect(store.calls.visible.value.at(-1)).toMatchObject({ method: 'get' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('adds up what was lost and what it cost', async () => {
    await take({ lost: 5, costMs: 2 }, { lost: 7, costMs: 3 });
    expect(store.meter.value.lost).toBe(12);
    await take({ costMs: 1 });
    expect(store.meter.value.costMsPerS).toBeLessThanOrEqual(6);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.meter.value.costMsPerS).toBe(0);
  });

  it('empties its lists and keeps the entries', async () => {
    await take({ table: TABLE, rows: started(), entries: [ENTRY] });
    store.calls.selected.value = 1;
    store.clear();
    expect([store.calls.visible.value, store.history.visible.value, store.entries.total]).toEqual([[], [], 1]);
    expect(store.calls.selected.value).toBeUndefined();
    await take({ table: TABLE, rows: started() });
    expect(store.calls.total).toBe(1);
  });

  it('forgets everything with the document', async () => {
    await take({ table: TABLE, rows: started(), entries: [ENTRY], lost: 3 });
    store.entries.selected.value = 4;
    [cursor, session] = [1, 's2'];
    await take({ entries: [{ ...ENTRY, id: 9 }] });
    expect(store.calls.total).toBe(0);
    expect(store.entries.visible.value.map(({ id }) => id)).toEqual([9]);
    expect([store.entries.selected.value, store.meter.value.lost]).toEqual([undefined, 0]);
  });

  it('tells its views once for each drain that brought something', async () => {
    await take({});
    const before = store.version.value;
    await take({}, { lost: 1 });
    expect(store.version.value).toBe(before);
    await take({ table: TABLE, rows: [started(), ended(1)].flat() });
    expect(store.version.value).toBe(before + 1);
  });

  it('counts calls by chip', async () => {
    const rows = [started(), ended(1), started(), ended(3, 2, 1), started(3), ended(5, 2, 1)];
    rows.push(row(TapKind.optimisticRollback, { cause: 6, refId: 4 }), row(TapKind.cacheHit, { refId: 4 }));
    await take({ table: TABLE, rows: rows.flat(), entries: [ENTRY] });
    const counts = Object.fromEntries(store.calls.chips.map((chip) => [chip, store.calls.count(chip)]));
    expect(counts).toEqual({ All: 4, Queries: 3, Mutations: 1, Streams: 0, Errors: 2, Optimistic: 1, Cached: 1 });
    expect(Object.fromEntries(store.history.chips.map((chip) => [chip, store.history.count(chip)]))).toEqual({
      ...{ All: 1, Writes: 0, Optimistic: 1, Rollbacks: 1 },
    });
    store.calls.filter.value = '500';
    expect(store.calls.visible.value).toHaveLength(2);
  });

  it('runs a command and says what went wrong', async () => {
    await take({ entries: [ENTRY] });
    await store.command('refetch', 4);
    expect([asked.some((line) => line === 'command {"type":"refetch","entryId":4}'), store.notice.value]).toEqual([
      true,
      '',
    ]);
    commandReply = { error: 'this client has no entry 4' };
    await store.command('invalidate', 4);
    expect(store.notice.value).toBe('this client has no entry 4');
  });

  it('stops asking while it does not record', async () => {
    await take({});
    store.toggleRecording();
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(store.recording.value).toBe(false);
    // One drain of nothing, so that the agent knows that the panel is still there.
    expect(asked.length).toBeLessThanOrEqual(before + 1);
    store.toggleRecording();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(asked.length).toBeGreaterThan(before);
  });

  it('shows an item in its own view, whatever was filtered there', async () => {
    await take({ table: TABLE, rows: started(), entries: [ENTRY] });
    store.entries.filter.value = 'nothing';
    store.reveal('Cache', 4);
    expect([store.view.value, store.entries.filter.value, store.entries.selected.value]).toEqual(['Cache', '', 4]);
  });

  it('keeps the link as it is while nothing about it changes', async () => {
    await take({});
    const { value } = store.link;
    await take({}, {});
    expect(store.link.value).toBe(value);
    const seen: string[] = [];
    const stop = store.link.subscribe(({ kind }) => seen.push(kind));
    await take({ kind: 'denied', message: 'Permission denied' });
    stop();
    expect(seen).toEqual(['live', 'unreachable', 'live']);
  });
});
