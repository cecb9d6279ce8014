import type { Entry } from '../cache/entry.js';
import type { ClientParts } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import type { QueryOptions } from '../query-options.js';
import { SUSPENSE_GRACE_MS } from './hook-limits.js';

interface Awaited {
  /** Until it is done. */
  promise?: Promise<void> | undefined;
  error?: NetronError;
  /** For so long it is what components mount with. */
  untilMs: number;
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
  if (known?.promise) return known.promise;
  forgetAwaited(entry);
  if (known?.error && cache.nowMs < known.untilMs) throw known.error;
  queries.configure(entry, options);
  const asked: Awaited = { untilMs: Number.POSITIVE_INFINITY };
  const fetch = queries.observe(entry, options, { cause: 0, reason: 'mount' });
  const wait = async (): Promise<void> => {
    try {
      await fetch?.promise;
    } catch (error) {
      asked.error = error as NetronError;
    }
    asked.promise = undefined;
    asked.untilMs = cache.nowMs + SUSPENSE_GRACE_MS;
  };
  awaited.set(entry, asked);
  asked.promise = wait();
  return asked.promise;
}

/** Whether components that mount now have waited for what the entry holds, so that they need not ask once more. */
export function takeAwaited({ cache }: ClientParts, entry: Entry): boolean {
  const known = awaited.get(entry);
  if (!known) return false;
  // Not before the others that have waited for it are mounted as well.
  queueMicrotask(() => forgetAwaited(entry));
  return cache.nowMs < known.untilMs;
}

export function forgetAwaited(entry: Entry): void {
  awaited.delete(entry);
}
