import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EntryRef, NetronClient } from '../index.js';
import { TestRuntime } from '../testing/test-runtime.js';
import type { Entry } from './entry.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

let client: NetronClient;
let ref: EntryRef<number>;

function open(): void {
  client = new NetronClient({ url: 'http://127.0.0.1:9', runtime: new TestRuntime() });
  ref = client.entry('items', 'get', ['a']) as EntryRef<number>;
}

beforeEach(open);
afterEach(() => client.close());

describe('several watchers of one entry', () => {
  it('are told in the order in which they came', () => {
    const told: string[] = [];
    for (const name of ['first', 'second', 'third']) client.watch(ref, (value) => told.push(`${name} ${value}`));
    client.setData(ref, 1);
    expect(told).toEqual(['first 1', 'second 1', 'third 1']);
  });

  it('are told of what is there now where one of them has changed it, and once', () => {
    const told: string[] = [];
    client.watch(ref, (value) => {
      told.push(`first ${value}`);
      if (value === 1) client.setData(ref, 2);
    });
    client.watch(ref, (value) => told.push(`second ${value}`));
    client.setData(ref, 1);
    expect(told).toEqual(['first 1', 'second 2', 'first 2']);
  });

  it('may take each other off, and themselves, while they are told', () => {
    const told: string[] = [];
    const stops = new Map<string, () => void>();
    const watch = (name: string, takesOff: readonly string[]): void => {
      const listener = (value?: number): void => {
        told.push(`${name} ${value}`);
        for (const other of takesOff) stops.get(other)?.();
      };
      stops.set(name, client.watch(ref, listener));
    };
    watch('a', ['a', 'b', 'c']);
    watch('b', []);
    watch('c', []);
    watch('d', ['d']);
    watch('e', []);
    client.setData(ref, 1);
    client.setData(ref, 2);
    expect(told).toEqual(['a 1', 'd 1', 'e 1', 'e 2']);
    stops.get('e')?.();
    expect(ref as Entry).toMatchObject({ observers: 0, tracked: false });
    client.setData(ref, 3);
    expect(told).toHaveLength(4);
  });

  it('may bring another, who hears of what comes next alone', () => {
    const told: unknown[] = [];
    const stop = client.watch(ref, () => {
      stop();
      client.watch(ref, (value) => told.push(value));
    });
    client.setData(ref, 1);
    expect(told).toEqual([]);
    client.setData(ref, 2);
    expect(told).toEqual([2]);
  });

  it('leave and come again, all of them', () => {
    const told: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const stop = client.watch(ref, (value) => told.push(value));
      client.setData(ref, i);
      stop();
    }
    expect(told).toEqual([0, 1, 2]);
  });

  it('are forgotten once they are off, though what took one off is kept', async () => {
    const gone: WeakRef<object>[] = [];
    const add = (): (() => void) => {
      const seen: unknown[] = [];
      gone.push(new WeakRef(seen));
      return client.watch(ref, (value) => seen.push(value));
    };
    const kept = add();
    let before = add();
    kept();
    for (let i = 0; i < 50; i++) {
      const next = add();
      before();
      before = next;
    }
    // Whatever is reachable in this turn stays for it.
    await new Promise((resolve) => setTimeout(resolve));
    collectGarbage();
    expect(gone.filter((seen) => seen.deref() !== undefined).length).toBeLessThan(5);
    kept();
    before();
  });

  it('are each told of every change from their coming to their going, whatever the order of things', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('come' as const) }),
      fc.record({ kind: fc.constant('go' as const), who: fc.nat(9) }),
      fc.record({ kind: fc.constant('write' as const), value: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        client.close();
        open();
        const all: { told: unknown[]; expected: unknown[]; isOn: boolean; stop: () => void }[] = [];
        let current: number | undefined;
        for (const one of steps) {
          if (one.kind === 'come') {
            const told: unknown[] = [];
            all.push({ told, expected: [], isOn: true, stop: client.watch(ref, (value) => told.push(value)) });
          } else if (one.kind === 'go') {
            const who = all[one.who];
            who?.stop();
            if (who !== undefined) who.isOn = false;
          } else {
            if (one.value !== current) for (const who of all) if (who.isOn) who.expected.push(one.value);
            current = one.value;
            client.setData(ref, one.value);
          }
        }
        for (const { told, expected } of all) expect(told).toEqual(expected);
        expect((ref as Entry).observers).toBe(all.filter(({ isOn }) => isOn).length);
      }),
    );
  });
});
