import type { CacheOptions } from './cache/cache-policy.js';
import type { NetronClient } from './netron-client.js';
import { NetronError } from './netron-error.js';

/** Entries of one method: its names once, then a row for each. Plain data, as far as the values are. */
export interface DehydratedMethod {
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  /** Age in milliseconds, at the moment of {@link dehydrate}. */
  readonly entries: readonly (readonly [args: readonly unknown[], data: unknown, ageMs: number])[];
}

export interface DehydratedState {
  readonly v: 1;
  readonly methods: readonly DehydratedMethod[];
}

/** What the client holds, without optimistic layers and requests, to be brought to another client by {@link hydrate}. */
export function dehydrate(client: NetronClient): DehydratedState {
  const { store, nowMs } = client.parts.cache;
  const methods: DehydratedMethod[] = [];
  for (const { backend, service, method, entries } of store.nodes) {
    const rows: DehydratedMethod['entries'][number][] = [];
    for (const entry of entries.values()) {
      if (entry.hasBase && !entry.invalidated) rows.push([entry.args, entry.base, Math.max(0, nowMs - entry.updatedAtMs)]);
    }
    if (rows.length > 0) methods.push({ backend, service, method, entries: rows });
  }
  return { v: 1, methods };
}

/**
 * Puts what {@link dehydrate} gave into the cache. What the client holds already and is newer stays. `cache` says how long
 * the entries stay fresh, counted from when they were; by default their backend's `cache` does.
 *
 * @throws NetronError `invalid-argument` that names what is wrong with the state; nothing is taken over then.
 */
export function hydrate(client: NetronClient, state: DehydratedState, cache?: number | CacheOptions): void {
  const { parts } = client;
  for (const [i, method] of check(state, 'state', isState).methods.entries()) {
    check(method, `state.methods[${i}]`, isMethod);
    parts.backend(method.backend);
  }
  for (const { backend, service, method, entries } of state.methods) {
    const node = parts.node({ name: service, backend }, method);
    for (const [args, data, ageMs] of entries) {
      const entry = parts.cache.store.entry(node, args);
      parts.cache.store.refine(entry, cache);
      parts.cache.hydrate(entry, data, ageMs);
    }
  }
}

function isState(value: unknown): value is DehydratedState {
  const { v, methods } = Object(value) as Partial<DehydratedState>;
  return v === 1 && Array.isArray(methods);
}

function isMethod(value: unknown): value is DehydratedMethod {
  const { backend, service, method, entries } = Object(value) as Partial<DehydratedMethod>;
  return (
    [backend, service, method].every((name) => typeof name === 'string') &&
    Array.isArray(entries) &&
    entries.every((row: unknown) => Array.isArray(row) && Array.isArray(row[0]) && row[2] >= 0)
  );
}

function check<T>(value: unknown, path: string, is: (value: unknown) => value is T): T {
  if (is(value)) return value;
  throw new NetronError('invalid-argument', `${path} is nothing that dehydrate() gave`);
}
