import { hashArgs } from './cache/args-hash.js';
import { type CacheOptions, parseCacheOption } from './cache/cache-policy.js';
import type { EntryKey } from './cache/entry-index.js';
import type { MethodNode } from './cache/method-node.js';
import { transact } from './cache/transaction.js';
import type { NetronClient } from './netron-client.js';
import { NetronError } from './netron-error.js';

/** Entries of one method: its names once, then a row for each. Plain data, as far as the values are. */
export interface DehydratedMethod {
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  /** Age in milliseconds, at the moment of {@link dehydrate}. The key is what `dedupe` said in place of the arguments. */
  readonly entries: readonly (readonly [args: readonly unknown[], data: unknown, ageMs: number, dedupe?: string])[];
}

export interface DehydratedState {
  readonly v: 1;
  readonly methods: readonly DehydratedMethod[];
}

type Row = DehydratedMethod['entries'][number];

/**
 * What the client holds of the current partition, without optimistic layers and requests, to be brought to another client
 * by {@link hydrate}. What was invalidated is left out.
 */
export function dehydrate(client: NetronClient): DehydratedState {
  const { store, nowMs } = client.parts.cache;
  // Whole milliseconds are half the text.
  const untilMs = Math.ceil(nowMs);
  const methods: DehydratedMethod[] = [];
  for (const { backend, service, method, entries, partition } of store.nodes) {
    if (partition !== store.partition) continue;
    const rows: Row[] = [];
    entries.each((entry) => {
      if (!entry.hasBase || entry.invalidated) return;
      const { args, base, key } = entry;
      const ageMs = Math.max(0, untilMs - entry.updatedAtMs);
      rows.push(typeof key === 'string' ? [args, base, ageMs, key] : [args, base, ageMs]);
    });
    if (rows.length > 0) methods.push({ backend, service, method, entries: rows });
  }
  return { v: 1, methods };
}

/**
 * Puts what {@link dehydrate} gave into the cache. What the client holds already and is newer stays. `cache` says how long
 * the entries stay fresh, counted from when they were; by default their backend's `cache` does.
 *
 * @throws NetronError `invalid-argument` that names what is wrong with the state, `invalid-config` for a wrong `cache`;
 *   nothing is taken over then.
 */
export function hydrate(client: NetronClient, state: DehydratedState, cache?: number | CacheOptions): void {
  const { store } = client.parts.cache;
  if (cache !== undefined) parseCacheOption(cache, 'cache');
  const { v, methods } = Object(state) as Partial<DehydratedState>;
  check(v === 1 && Array.isArray(methods), 'state');
  // All first: nothing is taken over where a part is wrong.
  const parsed = (methods as readonly unknown[]).map((method, i) => parseMethod(client, method, `state.methods[${i}]`));
  transact(() => {
    for (const { node, entries, keys } of parsed) {
      for (const [i, [args, data, ageMs]] of entries.entries()) {
        const entry = store.entry(node, args, keys[i]);
        store.refine(entry, cache);
        client.parts.cache.hydrate(entry, data, ageMs);
      }
    }
  });
}

interface ParsedMethod {
  readonly node: MethodNode;
  readonly entries: readonly Row[];
  readonly keys: readonly EntryKey[];
}

function parseMethod(client: NetronClient, value: unknown, path: string): ParsedMethod {
  const { backend, service, method, entries } = Object(value) as Partial<DehydratedMethod>;
  check([backend, service, method].every((name) => typeof name === 'string') && Array.isArray(entries), path);
  const keys: EntryKey[] = [];
  let node: MethodNode | undefined;
  try {
    node = client.parts.node({ name: service as string, backend: backend as string }, method as string);
    for (const row of entries as readonly unknown[]) keys.push(keyOf(row, node));
    return { node, entries: entries as readonly Row[], keys };
  } catch (error) {
    const { code, reason } = error as NetronError;
    throw new NetronError(code, `${path}${node === undefined ? '' : `.entries[${keys.length}]`}: ${reason}`, {
      cause: error,
    });
  }
}

/** @throws NetronError for a row that is none. */
function keyOf(row: unknown, node: MethodNode): EntryKey {
  const [args, , ageMs, dedupe] = Array.isArray(row) ? row : [];
  check(Array.isArray(args) && typeof ageMs === 'number' && ageMs >= 0, 'a row');
  if (dedupe === undefined) return hashArgs(args, node);
  check(typeof dedupe === 'string', 'a key');
  return dedupe;
}

function check(fits: boolean, path: string): void {
  if (!fits) throw new NetronError('invalid-argument', `${path} is nothing that dehydrate() gave`);
}
