import { effect } from '@preact/signals';
import type { Entry } from '../cache/entry.js';
import type { ClientParts } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import type { QueryOptions } from '../query-options.js';
import { handled } from './hook-error.js';
import { SUSPENSE_ERROR_GRACE_MS, SUSPENSE_GRACE_MS } from './hook-limits.js';

interface Awaited {
  /** Until it is done. */
  promise?: Promise<void> | undefined;
  error?: NetronError | null;
  /** For so long components mount with it, or throw its error. */
  untilMs: number;
}

/** By entry, since a component that waits before it was ever mounted keeps nothing, and comes back as another one. */
const awaited = new WeakMap<Entry, Awaited>();

/**
 * What a component waits for that cannot be rendered without the entry's data, wherever that comes from. Rejects with the
 * error that came instead of it.
 *
 * @throws NetronError that the request ended with for which it has waited: for all that render now, and never again.
 */
export function suspension({ cache, queries }: ClientParts, entry: Entry, options: QueryOptions): Promise<void> {
  const known = awaited.get(entry);
  if (known?.promise) return known.promise;
  if (known?.error && cache.nowMs < known.untilMs) {
    forgetAwaited(entry);
    throw known.error;
  }
  queries.configure(entry, options);
  const asked: Awaited = { untilMs: Number.POSITIVE_INFINITY };
  queries.observe(entry, options, { cause: 0, reason: 'mount' });
  const wait = async (): Promise<void> => {
    let stop = (): void => undefined;
    await new Promise<void>((resolve) => {
      stop = effect(() => {
        entry.track();
        if (entry.hasBase || !entry.fetching) resolve();
      });
    });
    stop();
    // None where the request was given up, as by `clear`: whoever renders then asks again.
    const { error } = entry;
    asked.promise = undefined;
    asked.error = error;
    asked.untilMs = cache.nowMs + (error ? SUSPENSE_ERROR_GRACE_MS : SUSPENSE_GRACE_MS);
    if (error) throw error;
  };
  awaited.set(entry, asked);
  asked.promise = handled(wait());
  return asked.promise;
}

/** Whether components that mount now have waited for what the entry holds, so that they need not ask once more. */
export function takeAwaited({ cache }: ClientParts, entry: Entry): boolean {
  const known = awaited.get(entry);
  if (!known) return false;
  forgetAwaited(entry);
  return cache.nowMs < known.untilMs;
}

/** Not before the others that have waited for it are rendered as well. */
export function forgetAwaited(entry: Entry): void {
  const known = awaited.get(entry);
  queueMicrotask(() => awaited.get(entry) === known && awaited.delete(entry));
}
