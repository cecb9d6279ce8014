import { effect, signal } from '@preact/signals';
import type { TapReason } from '../../protocol/index.js';
import type { Entry } from '../cache/entry.js';
import { MAX_TIMER_MS } from '../limits.js';
import type { NetronClient } from '../netron-client.js';
import { watchLosses } from './link-losses.js';
import type { LiveQuery } from './live-query.js';
import { pageEvents } from './page-events.js';

/** What will be made stale at the end of this turn. */
const outdated = new Set<Entry>();

/**
 * Asks again whenever what is there is so old, or the last request was settled so long ago, whoever had made it; 0 is
 * never. Makes the entry stale whenever the server emits one of the events, and when some may have been missed.
 */
export function startTriggers(
  client: NetronClient,
  live: LiveQuery,
  intervalMs: number,
  events: readonly string[],
): () => void {
  const { entry } = live;
  const { parts } = client;
  const { cache, queries } = parts;
  const { runtime } = parts.deadlines;
  const { link } = parts.backend(entry.backend);
  const { isHidden } = pageEvents(client);
  const rounds = signal(0);

  /**
   * Once however many hooks have heard of the same event. Events that came in one turn are in the answer of a request that
   * leaves after it.
   */
  const outdateSoon = (reason: TapReason): void => {
    if (outdated.has(entry)) return;
    outdated.add(entry);
    queueMicrotask(() => {
      outdated.delete(entry);
      queries.outdate(entry, { cause: 0, reason });
    });
  };

  const stops = [
    effect(() => {
      if (intervalMs === 0) return undefined;
      const { nowMs } = cache;
      rounds.value;
      entry.track();
      if (entry.fetching) {
        live.settledAtMs = undefined;
        return undefined;
      }
      live.settledAtMs ??= nowMs;
      if (isHidden.value && !live.options.refetchInBackground) return undefined;
      const dueMs = Math.max(live.settledAtMs, entry.updatedAtMs) + intervalMs;
      const leftMs = Math.min(Math.max(0, dueMs - nowMs), MAX_TIMER_MS);
      const timer = runtime.setTimeout(() => {
        live.settledAtMs = cache.nowMs;
        live.ask('interval');
        // Where nothing was asked, as for another user's entry, the next round begins all the same.
        rounds.value++;
      }, leftMs);
      return () => runtime.clearTimeout(timer);
    }),
    watchLosses(link, () => outdateSoon('reconnect')),
    ...events.map((event) => client.subscribe(event, () => outdateSoon('event'), entry.backend).unsubscribe),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
