import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TAP_REGISTRY_KEY, type TapEntry, TapKind, type TapRow } from '../../protocol/index.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TurnClock } from '../turn-clock.js';
import { ClientTap } from './client-tap.js';
import type { TapControl } from './tap-control.js';
import { tapRegistry } from './tap-registry.js';

let runtime: TestRuntime;
let clock: TurnClock;
let control: TapControl & { readonly log: string[] };

beforeEach(() => {
  Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
  runtime = new TestRuntime();
  clock = new TurnClock(runtime);
  const log: string[] = [];
  control = {
    log,
    describe: () => ({ backends: [{ name: 'main', url: 'https://x' }] }),
    entries: () => [{ id: 7 } as TapEntry],
    act: (what, id) => log.push(`${what} ${typeof id === 'number' ? id : typeof id}`) > 0 && id === 7,
  };
});
afterEach(() => Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY));

const open = (name = 'netron', ringCapacity = 16): ClientTap =>
  new ClientTap({ clientId: `client-${name}`, name, ringCapacity }, tapRegistry(runtime), clock, control);

const emit = (tap: ClientTap, a: unknown = null): number => tap.emit(TapKind.cacheHit, 0, 'user', null, a, null);
const times = (rows: readonly TapRow[]): number[] => rows.map(([, , tUs]) => tUs);
const seqs = (rows: readonly TapRow[]): number[] => rows.map(([seq]) => seq);
const turn = (): Promise<void> => Promise.resolve();

describe('emit', () => {
  it('numbers records from 1 and returns the number', () => {
    const tap = open();
    expect([emit(tap), emit(tap)]).toEqual([1, 2]);
  });

  it('reads the clock once per turn, and again at edges', async () => {
    const tap = open();
    emit(tap);
    runtime.nowMs += 5;
    emit(tap);
    expect(runtime.clockReads).toBe(1);
    tap.readClock();
    emit(tap);
    expect(runtime.clockReads).toBe(2);
    runtime.nowMs += 5;
    await turn();
    emit(tap);
    emit(tap);
    expect(runtime.clockReads).toBe(3);
    expect(times(tap.read(0, 10).rows)).toEqual([1_000_000, 1_000_000, 1_005_000, 1_010_000, 1_010_000]);
  });

  it('writes times in whole microseconds', () => {
    const tap = open();
    runtime.nowMs = 1.000_6;
    emit(tap);
    expect(times(tap.read(0, 1).rows)).toEqual([1_001]);
  });
});

describe('read', () => {
  it('goes on where the last read ended, without loss or repetition', () => {
    const tap = open();
    for (let i = 0; i < 5; i++) emit(tap);
    const first = tap.read(0, 2);
    const second = tap.read(first.next, 2);
    const third = tap.read(second.next, 2);
    expect([first, second, third].map(({ rows }) => seqs(rows))).toEqual([[1, 2], [3, 4], [5]]);
    expect(tap.read(third.next, 2)).toEqual({ rows: [], next: 6, lost: 0 });
    emit(tap);
    expect(seqs(tap.read(third.next, 2).rows)).toEqual([6]);
  });

  it('skips nothing when it was asked for no rows', () => {
    const tap = open();
    emit(tap);
    const { next } = tap.read(0, 0);
    expect(seqs(tap.read(next, 10).rows)).toEqual([1]);
  });

  it('counts what was overwritten before it was read', () => {
    const tap = open();
    for (let i = 0; i < 20; i++) emit(tap);
    const { rows, lost } = tap.read(0, 100);
    expect([rows.length, rows[0]?.[0], lost]).toEqual([16, 5, 4]);
  });
});

describe('attach and detach', () => {
  it('keeps more records while a panel is there, and the newest few afterwards', () => {
    const tap = open();
    for (let i = 0; i < 20; i++) emit(tap);
    tap.attach(100);
    for (let i = 0; i < 50; i++) emit(tap);
    expect(tap.read(0, 1_000).rows.length).toBe(66);
    expect(tap.read(0, 1_000).lost).toBe(4);
    tap.detach();
    expect(seqs(tap.read(0, 1_000).rows)[0]).toBe(55);
    expect(tap.read(0, 1_000).lost).toBe(54);
  });

  it('never goes below the dormant size, nor over the most', () => {
    const tap = open();
    for (const [asked, capacity] of [
      [1, 16],
      [Number.NaN, 16],
      [-5, 16],
      [20.5, 20],
      [10, 20],
      [Number.POSITIVE_INFINITY, 1_048_576],
    ] as const) {
      tap.attach(asked);
      expect(tap.command({ type: 'describe' })).toMatchObject({ ringCapacity: capacity });
    }
    tap.detach();
    tap.detach();
    expect(tap.command({ type: 'describe' })).toMatchObject({ ringCapacity: 16 });
  });
});

describe('command', () => {
  it('describes the client', () => {
    const tap = open('shop');
    emit(tap);
    expect(tap.command({ type: 'describe' })).toEqual({
      name: 'shop',
      backends: [{ name: 'main', url: 'https://x' }],
      ringCapacity: 16,
      ringLength: 1,
    });
    expect(tap.command({ type: 'entries' })).toEqual([{ id: 7 }]);
  });

  it('runs the two commands on entries and says when there is no such entry', () => {
    const tap = open();
    for (const type of ['invalidate', 'refetch']) {
      expect(tap.command({ type, entryId: 7 })).toEqual({ ok: true });
      expect(tap.command({ type, entryId: 8 })).toEqual({ error: `${type}: this client has no entry 8` });
    }
    expect(control.log).toEqual(['invalidate 7', 'invalidate 8', 'refetch 7', 'refetch 8']);
  });

  const cyclic: { type?: unknown } = {};
  cyclic.type = cyclic;
  it.each([
    [undefined],
    [null],
    [1],
    ['describe'],
    [[]],
    [{}],
    [{ type: 'constructor' }],
    [{ type: '__proto__', entryId: 7 }],
    [{ type: 10n }],
    [{ type: Symbol('describe') }],
    [{ type: Object.create(null) }],
    [cyclic],
    [{ type: 'invalidate' }],
    [{ type: 'refetch', entryId: '7' }],
    [{ type: 'refetch', entryId: Number.NaN }],
  ])('answers junk with an error and does nothing: %#', (junk) => {
    const tap = open();
    expect(tap.command(junk)).toEqual({ error: expect.any(String) });
    expect(control.log.filter((line) => line.endsWith(' 7'))).toEqual([]);
    expect(tap.command({ type: 'refetch', entryId: 7 })).toEqual({ ok: true });
  });
});

describe('several clients', () => {
  it('share one counter of records and one of entries, so that one cursor serves them all', () => {
    const [one, two] = [open('one'), open('two')];
    expect([emit(one), emit(two), emit(one)]).toEqual([1, 2, 3]);
    expect([one.takeEntryId(), two.takeEntryId()]).toEqual([1, 2]);
    expect(seqs(one.read(0, 10).rows)).toEqual([1, 3]);
    expect(seqs(two.read(0, 10).rows)).toEqual([2]);
    expect(one.read(0, 10).next).toBe(two.read(0, 10).next);
  });

  it('are in the registry of the document until they leave', () => {
    const [one, two] = [open('one'), open('two')];
    const registry = tapRegistry(runtime);
    expect([...registry]).toEqual([one, two]);
    one.dispose();
    one.dispose();
    expect([...registry]).toEqual([two]);
  });
});

describe('tapRegistry', () => {
  it('finds the one of the document, which does not show among the globals', () => {
    const registry = tapRegistry(runtime);
    expect(tapRegistry(new TestRuntime())).toBe(registry);
    expect(Object.getOwnPropertyDescriptor(globalThis, TAP_REGISTRY_KEY)?.enumerable).toBe(false);
    expect(registry.clock).toMatchObject({ seq: 1, entryId: 1 });
    expect(registry.clock.session).toMatch(/^[0-9a-z]{16,}$/);
  });

  it.each([[null], [{}], [[]], ['x'], [Object.assign([], { clock: {} })]])('replaces what is none: %j', (junk) => {
    Object.defineProperty(globalThis, TAP_REGISTRY_KEY, { value: junk, configurable: true });
    const tap = open();
    expect(tapRegistry(runtime)).toContain(tap);
  });
});
