import { describe, expect, it } from 'vitest';
import { type EntryRow, TapKind } from '../../../protocol/index.js';
import { CallLog } from './call-log.js';
import { durationUs, failureStatus, isSettled } from './call-row.js';
import { MAX_CALLS, MAX_EFFECTS } from './limits.js';
import type { TapRecord } from './record.js';

type Kind = keyof typeof TapKind;

/** Records as they would come, numbered in their order. */
class Script {
  readonly log = new CallLog();
  readonly entries = new Map<number, EntryRow>();
  #seq = 0;

  add(kind: Kind, fields: Partial<Omit<TapRecord, 'kind'>> = {}): number {
    this.#seq = fields.seq ?? this.#seq + 1;
    const record = { cause: 0, reason: '', refId: 0, label: '', num: 0, text: '', tUs: this.#seq * 100, ...fields };
    this.log.add({ ...record, kind: TapKind[kind], seq: this.#seq }, (id) => this.entries.get(id));
    return this.#seq;
  }

  start(kind = 'query', fields: Partial<TapRecord> = {}): number {
    const label = [kind, 'main', 'users', 'get', 'HTTP'].join('\0');
    return this.add('callStart', { refId: this.#seq + 1, label, text: '"u1"', reason: 'mount', ...fields });
  }

  end(call: number, label: string, num: number, text = ''): number {
    return this.add('callEnd', { refId: call, cause: call, label, num, text });
  }

  row(seq: number) {
    return this.log.get(seq);
  }
}

describe('CallLog', () => {
  it('makes a row of a call and fills it in as the call goes on', () => {
    const script = new Script();
    const call = script.start('query', { num: 5 });
    expect(script.row(call)).toMatchObject({
      ...{ no: 1, seq: 1, kind: 'query', backend: 'main', service: 'users', method: 'get', via: 'HTTP', args: '"u1"' },
      ...{ reason: 'mount', entryId: 5, state: 'pending', status: 'pending', startUs: 100 },
    });
    script.add('frameOut', { refId: call, cause: call, num: 120, label: 'POST' });
    script.add('frameIn', { refId: call, cause: call, num: 3_000, label: '200' });
    script.end(call, 'ok', 0, '{a: 1}');
    const row = script.row(call);
    expect(row).toMatchObject({
      ...{ state: 'ok', status: 'ok', text: '{a: 1}', sentUs: 200, receivedUs: 300, endUs: 400, endSeq: 4 },
      ...{ bytesUp: 120, bytesDown: 3_000 },
    });
    expect(script.log).toMatchObject({ errors: 0, bytes: 3_120, rows: [row], dropped: 0 });
  });

  it.each([
    ['ok', 0, 'ok', 'ok'],
    ['aborted', 2, 'aborted', 'aborted'],
    [['remote', '409', 'VERSION_CONFLICT'].join('\0'), 1, 'error', '409 VERSION_CONFLICT'],
    [['remote', '500', ''].join('\0'), 1, 'error', '500'],
    [['timeout', '', ''].join('\0'), 1, 'error', 'timeout'],
    ['network', 1, 'error', ''],
    ['', 1, 'error', ''],
    [['odd', '', 'NAME'].join('\0'), 7, 'error', 'odd NAME'],
  ])('reads the end %j of outcome %d', (label, num, state, status) => {
    const script = new Script();
    const call = script.start();
    script.end(call, label, num, 'why');
    expect(script.row(call)).toMatchObject({ state, status, text: 'why' });
    expect(script.log.errors).toBe(state === 'error' ? 1 : 0);
  });

  it('counts how often a call was sent again, and keeps why', () => {
    const script = new Script();
    const call = script.start();
    const label = ['remote', '503', 'OVERLOADED'].join('\0');
    script.add('callAttempt', { refId: call, cause: call, label, num: 300, text: 'busy', reason: 'retry' });
    script.add('callAttempt', { refId: call, cause: call, label: 'network\0\0', num: 600 });
    expect(script.row(call)).toMatchObject({ state: 'pending', retries: 2 });
    script.end(call, 'ok', 0);
    expect(script.row(call)).toMatchObject({ state: 'ok', retries: 2 });
    const tries = script.row(call)?.effects.filter(({ kind }) => kind === TapKind.callAttempt) ?? [];
    expect(tries.map(({ label: how, num, text }) => [failureStatus(how), num, text])).toEqual([
      ['503 OVERLOADED', 300, 'busy'],
      ['network', 600, ''],
    ]);
  });

  it.each([
    ['query', 'query'],
    ['mutation', 'mutation'],
    ['stream', 'stream'],
    ['of a later version', 'query'],
  ])('takes a call of kind %j for a %s', (kind, expected) => {
    const script = new Script();
    expect(script.row(script.start(kind))?.kind).toBe(expected);
  });

  it('survives a label without parts', () => {
    const script = new Script();
    expect(script.row(script.add('callStart', { label: '' }))).toMatchObject({ kind: 'query', service: '', via: '' });
  });

  it('shows a stream as open, and counts its chunks', () => {
    const script = new Script();
    const call = script.start('stream');
    script.add('streamOpen', { refId: call, cause: call, num: 9 });
    expect(script.row(call)).toMatchObject({ state: 'open', status: 'open' });
    for (const text of ['1', '2', '3']) script.add('streamChunk', { refId: call, cause: call, num: 10, text });
    expect(script.row(call)).toMatchObject({ chunks: 3, text: '3', bytesDown: 30 });
    const { effects } = script.row(call) ?? { effects: [] };
    expect(effects.map(({ kind }) => kind)).toEqual([TapKind.streamOpen]);
    script.end(call, 'ok', 0);
    expect(script.row(call)?.state).toBe('ok');
  });

  it('shows what the cache answered as reads', () => {
    const script = new Script();
    script.entries.set(4, { backend: 'main', service: 'users', method: 'get', args: '"u1"' } as EntryRow);
    expect(script.row(script.add('cacheHit', { refId: 4, reason: 'user' }))).toMatchObject({
      ...{
        no: 1,
        kind: 'read',
        service: 'users',
        args: '"u1"',
        via: 'cache',
        state: 'cached',
        status: 'fresh',
        entryId: 4,
      },
    });
    expect(script.row(script.add('cacheShared', { refId: 4 }))).toMatchObject({
      no: 2,
      via: 'dedup',
      state: 'shared',
      status: 'joined',
    });
    expect(script.row(script.add('cacheHit', { refId: 99 }))).toMatchObject({ service: '?', method: '?', args: '' });
  });

  it('shows a gap as a row without a number', () => {
    const script = new Script();
    script.start();
    const gap = script.add('gap', { num: 40 });
    script.start('query', { seq: 42 });
    expect(script.log.rows.map(({ no, kind, text }) => [no, kind, text])).toEqual([
      [1, 'query', ''],
      [0, 'gap', '40'],
      [2, 'query', ''],
    ]);
    expect(script.row(gap)?.state).toBe('gap');
  });

  it('knows the call behind an event over several causes', () => {
    const script = new Script();
    const mutation = script.start('mutation');
    const end = script.end(mutation, 'ok', 0);
    const invalidate = script.add('cacheInvalidate', { cause: end });
    const stale = script.add('cacheStale', { cause: invalidate });
    const refetch = script.start('query', { cause: stale });
    expect([end, invalidate, stale].map((seq) => script.log.callBehind(seq)?.seq)).toEqual([
      mutation,
      mutation,
      mutation,
    ]);
    expect(script.log.callBehind(refetch)?.seq).toBe(refetch);
    expect([0, -1, 999, Number.NaN].map((seq) => script.log.callBehind(seq))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('does not run in circles when causes do', () => {
    const script = new Script();
    script.add('cacheStale', { seq: 5, cause: 6 });
    script.add('cacheStale', { seq: 6, cause: 5 });
    script.add('cacheStale', { seq: 7, cause: 7 });
    expect([5, 6, 7].map((seq) => script.log.callBehind(seq))).toEqual([undefined, undefined, undefined]);
  });

  it('lists what a call brought about', () => {
    const script = new Script();
    const call = script.start('mutation');
    const apply = script.add('optimisticApply', { cause: call, refId: 4, reason: 'user', text: '~1' });
    const end = script.end(call, 'ok', 0);
    script.add('optimisticCommit', { cause: end, refId: 4, reason: 'commit' });
    script.add('cacheWrite', { refId: 9 });
    expect(script.row(call)?.effects.map(({ seq, kind, entryId, text }) => [seq, kind, entryId, text])).toEqual([
      [apply, TapKind.optimisticApply, 4, '~1'],
      [end, TapKind.callEnd, 1, ''],
      [4, TapKind.optimisticCommit, 4, ''],
    ]);
    expect(script.row(call)?.optimistic).toBe(true);
  });

  it('says of a mutation that it was rolled back', () => {
    const script = new Script();
    const call = script.start('mutation');
    script.add('optimisticApply', { cause: call, refId: 4 });
    const end = script.end(call, ['remote', '409', 'CONFLICT'].join('\0'), 1, 'conflict');
    script.add('optimisticRollback', { cause: end, refId: 4, reason: 'error' });
    expect(script.row(call)).toMatchObject({ state: 'rolled-back', status: '409 CONFLICT', optimistic: true });
    expect(script.log.errors).toBe(1);
  });

  it('ignores the end of a call that it never saw begin', () => {
    const script = new Script();
    script.end(77, 'ok', 0);
    script.add('frameIn', { refId: 77, num: 5 });
    script.add('streamChunk', { refId: 77, num: 5 });
    script.add('optimisticRollback', { cause: 77 });
    expect([script.log.rows, script.log.bytes]).toEqual([[], 0]);
    expect(script.row(script.start())?.state).toBe('pending');
  });

  it('bounds the calls, and forgets those that went', () => {
    const script = new Script();
    const total = MAX_CALLS * 1.2;
    for (let i = 0; i < total; i++) script.start();
    const { rows, dropped } = script.log;
    expect(rows.length + dropped).toBe(total);
    expect(rows.length).toBeLessThan(MAX_CALLS * 1.1);
    expect([script.row(1), script.row(total)?.seq]).toEqual([undefined, total]);
    expect(rows[0]?.no).toBe(dropped + 1);
  });

  it('bounds the effects of one call', () => {
    const script = new Script();
    const call = script.start();
    for (let i = 0; i < MAX_EFFECTS * 2; i++) script.add('cacheStale', { cause: call });
    expect(script.row(call)?.effects).toHaveLength(MAX_EFFECTS);
  });

  it('begins anew after it was cleared', () => {
    const script = new Script();
    const call = script.start();
    script.end(call, 'x', 1);
    script.log.clear();
    expect(script.log).toMatchObject({ rows: [], errors: 0, bytes: 0, dropped: 0 });
    script.end(call, 'ok', 0);
    expect(script.log.rows).toEqual([]);
    expect(script.row(script.start())?.no).toBe(1);
  });
});

describe('durationUs', () => {
  it('grows until the call has settled', () => {
    const script = new Script();
    const call = script.start();
    const row = script.row(call);
    if (row === undefined) throw new Error('no row');
    expect([isSettled(row), durationUs(row, 5_100), durationUs(row, 0)]).toEqual([false, 5_000, 0]);
    script.end(call, 'ok', 0);
    expect([isSettled(row), durationUs(row, 5_100)]).toEqual([true, 100]);
  });
});
