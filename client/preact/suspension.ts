import { effect } from '@preact/signals';
import type { Cache } from '../cache/cache.js';
import type { Entry } from '../cache/entry.js';
import type { ClientParts } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import type { QueryOptions } from '../query-options.js';
import { handled } from './hook-error.js';
import { SUSPENSE_ERROR_GRACE_MS, SUSPENSE_GRACE_MS, SUSPENSE_ROUND_MS } from './hook-limits.js';

/** All that is waited for at the same time: a boundary renders nothing before everything below it has come. */
interface Round {
  waiting: number;
  /** When it was over. */
  doneAtMs: number;
}

interface Awaited {
  readonly round: Round;
  /** Until it is done. */
  promise?: Promise<void> | undefined;
  error?: NetronError | null;
  doneAtMs: number;
}

/** By entry, since a component that waits before it was ever mounted keeps nothing, and comes back as another one. */
const awaited = new WeakMap<Entry, Awaited>();

const rounds = new WeakMap<Cache, Round>();

/**
 * What a component waits for that cannot be rendered without the entry's data, wherever that comes from. Rejects with the
 * error that came instead of it.
 *
 * @throws NetronError that the request ended with for which it has waited: for all that render now, and never again.
 */
export function suspension({ cache, queries }: ClientParts, entry: Entry, options: QueryOptions): Promise<void> {
  const known = awaited.get(entry);
  if (known?.promise) return known.promise;
  if (known?.error && isRecent(known, cache, SUSPENSE_ERROR_GRACE_MS)) {
    forgetAwaited(entry);
    throw known.error;
  }
  queries.configure(entry, options);
  const fetch = queries.observe(entry, options, { cause: 0, reason: 'mount' });
  let round = rounds.get(cache);
  if (!round?.waiting) {
    round = { waiting: 0, doneAtMs: 0 };
    rounds.set(cache, round);
  }
  round.waiting++;
  const asked: Awaited = { round, doneAtMs: 0 };
  const wait = async (): Promise<void> => {
    let stop = (): void => undefined;
    await new Promise<void>((resolve) => {
      stop = effect(() => {
        entry.track();
        if (entry.hasBase || !entry.fetching) resolve();
      });
    });
    stop();
    let { error } = entry;
    // Whoever renders after `clear` asks again. What gives it up otherwise, as a middleware does, would do so again.
    if (!entry.hasBase && !error && fetch.startedAt > cache.clearedAt && fetch.cancellation.cancelled !== 'left') {
      error = await fetch.promise.then(
        () => null,
        (thrown: NetronError) => (thrown.code === 'aborted' ? thrown : null),
      );
    }
    asked.promise = undefined;
    asked.error = error;
    round.waiting--;
    round.doneAtMs = asked.doneAtMs = cache.nowMs;
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
  return isRecent(known, cache, SUSPENSE_GRACE_MS);
}

/** Not before the others that have waited for it are rendered as well. */
export function forgetAwaited(entry: Entry): void {
  const known = awaited.get(entry);
  queueMicrotask(() => awaited.get(entry) === known && awaited.delete(entry));
}

function isRecent({ round, doneAtMs }: Awaited, { nowMs }: Cache, graceMs: number): boolean {
  const isOfRound = round.waiting > 0 || nowMs < round.doneAtMs + graceMs;
  return isOfRound && nowMs < doneAtMs + SUSPENSE_ROUND_MS;
}
