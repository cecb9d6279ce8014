import type { Entry } from '../cache/entry.js';
import type { ClientParts } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import type { QueryOptions } from '../query-options.js';
import { SUSPENSE_GRACE_MS } from './hook-limits.js';

interface Awaited {
  readonly promise: Promise<void>;
  error: NetronError | undefined;
  /** Infinite until then. */
  doneAtMs: number;
}

/** By entry, since a component that waits before it was ever mounted keeps nothing, and comes back as another one. */
const awaited = new WeakMap<Entry, Awaited>();

/**
 * What a component waits for that cannot be rendered without the entry's data.
 *
 * @throws NetronError that the request ended with for which it has waited, once.
 */
export function suspension({ cache, queries }: ClientParts, entry: Entry, options: QueryOptions): Promise<void> {
  const known = awaited.get(entry);
  if (known?.doneAtMs === Number.POSITIVE_INFINITY) return known.promise;
  if (known?.error !== undefined) {
    awaited.delete(entry);
    if (cache.nowMs - known.doneAtMs < SUSPENSE_GRACE_MS) throw known.error;
  }
  queries.configure(entry, options);
  const done = (error: NetronError | undefined): void => {
    asked.error = error;
    asked.doneAtMs = cache.nowMs;
  };
  const fetch = queries.observe(entry, options, { cause: 0, reason: 'mount' });
  const asked: Awaited = {
    promise: Promise.resolve(fetch?.promise).then(() => done(undefined), done),
    error: undefined,
    doneAtMs: Number.POSITIVE_INFINITY,
  };
  awaited.set(entry, asked);
  return asked.promise;
}

/** Whether components that mount now have waited for what the entry holds, so that they need not ask once more. */
export function takeAwaited({ cache }: ClientParts, entry: Entry): boolean {
  const known = awaited.get(entry);
  if (known === undefined) return false;
  // Not before the others that have waited for it are mounted as well.
  queueMicrotask(() => forgetAwaited(entry));
  return cache.nowMs - known.doneAtMs < SUSPENSE_GRACE_MS;
}

export function forgetAwaited(entry: Entry): void {
  awaited.delete(entry);
}
