import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TAP_REGISTRY_KEY, type TapEntry, TapKind, type TapRegistry } from '../../protocol/index.js';
import { NetronClient } from '../index.js';
import { LateTap } from './late-tap.js';

const registry = (): TapRegistry => Reflect.get(globalThis, TAP_REGISTRY_KEY);

let client: NetronClient;

function open(devtools?: boolean): void {
  client = new NetronClient({ url: 'http://127.0.0.1:9', ...(devtools === undefined ? {} : { devtools }) });
}

beforeEach(() => Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY));
afterEach(() => {
  client.close();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(globalThis, TAP_REGISTRY_KEY);
});

describe('the tap of a build for production', () => {
  beforeEach(() => vi.stubEnv('NODE_ENV', 'production'));

  it('is missing unless it is asked for', () => {
    open();
    expect(client.parts.tap).toBeNull();
    expect(registry()).toBeUndefined();
  });

  it('is loaded where it is asked for, with what happened before, in the same numbers', async () => {
    open(true);
    expect(client.parts.tap).toBeInstanceOf(LateTap);
    const first = client.entry('users', 'get', ['1']);
    client.setData(first, { name: 'Ada' });
    expect(registry()).toHaveLength(0);
    await vi.waitFor(() => expect(registry()).toHaveLength(1));
    client.setData(client.entry('users', 'get', ['2']), { name: 'Grace' });
    const [tap] = registry();
    const rows = tap?.read(0, 10).rows ?? [];
    expect(rows.map(([seq, kind, , , , ref, , after]) => [seq, kind, (ref as TapEntry).id, after])).toEqual([
      [1, TapKind.cacheWrite, 1, { name: 'Ada' }],
      [2, TapKind.cacheWrite, 2, { name: 'Grace' }],
    ]);
    expect(tap?.command({ type: 'entries' })).toHaveLength(2);
    client.close();
    expect(registry()).toHaveLength(0);
  });

  it('keeps as much until then as the ring holds, and counts the rest', async () => {
    client = new NetronClient({ url: 'http://127.0.0.1:9', devtools: { ringCapacity: 16 } });
    const ref = client.entry('users', 'get', ['1']);
    for (let i = 1; i <= 20; i++) client.setData(ref, i);
    await vi.waitFor(() => expect(registry()).toHaveLength(1));
    const { rows, lost } = registry()[0]?.read(0, 100) ?? {};
    expect(lost).toBe(4);
    expect(rows?.map(({ 7: after }) => after)).toEqual(Array.from({ length: 16 }, (_, i) => i + 5));
  });

  it('does not come to the page any more once the client is closed', async () => {
    open(true);
    client.close();
    await import('./loaded-tap.js');
    await new Promise((resolve) => setTimeout(resolve));
    expect(registry()).toHaveLength(0);
  });
});

it('is loaded where no bundler has been, and there is no process', async () => {
  vi.stubGlobal('process', undefined);
  open();
  vi.unstubAllGlobals();
  expect(client.parts.tap).toBeInstanceOf(LateTap);
  await vi.waitFor(() => expect(registry()).toHaveLength(1));
});

it('is there from the start in any other build', () => {
  open();
  expect(registry()).toHaveLength(1);
});
