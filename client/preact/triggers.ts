import { effect } from '@preact/signals';
import type { TapReason } from '../../protocol/index.js';
import type { Entry } from '../cache/entry.js';
import { MAX_TIMER_MS } from '../limits.js';
import type { NetronClient } from '../netron-client.js';
import type { Queries } from '../queries.js';
import type { QueryObserver } from '../query-observer.js';

/**
 * Asks again whenever the last request was settled so long ago, whoever had made it; 0 is never. Not while `isPaused`,
 * which may read signals.
 */
export function poll(
  intervalMs: number,
  { parts }: NetronClient,
  observer: QueryObserver<unknown>,
  isPaused: () => boolean,
): () => void {
  const { runtime, clock } = parts.caller.deadlines;
  let settledAtMs: number | undefined;
  return effect(() => {
    const nowMs = clock.now();
    settledAtMs = observer.fetching.value ? undefined : (settledAtMs ?? nowMs);
    if (settledAtMs === undefined || intervalMs === 0 || isPaused()) return undefined;
    const leftMs = Math.min(Math.max(0, settledAtMs + intervalMs - nowMs), MAX_TIMER_MS);
    const timer = runtime.setTimeout(() => observer.ask('interval'), leftMs);
    return () => runtime.clearTimeout(timer);
  });
}

/** Makes an entry stale whenever the server emits one of the events, and when some may have been missed. */
export function outdateOn(events: readonly string[], client: NetronClient, entry: Entry): () => void {
  const { queries } = client.parts;
  const { link } = client.parts.backend(entry.backend);
  let wasLost = false;
  const stopWatching = effect(() => {
    if (link.value === 'open' && wasLost) outdateSoon(entry, queries, 'reconnect');
    wasLost = link.value === 'waiting' || (wasLost && link.value !== 'open');
  });
  const all = events.map((event) => client.subscribe(event, () => outdateSoon(entry, queries, 'event'), entry.backend));
  return () => {
    stopWatching();
    for (const each of all) each.unsubscribe();
  };
}

const outdated = new Map<Entry, () => void>();

/**
 * At the end of this turn, and once however many hooks have heard of the same event. Events that came in one turn are in
 * the answer of a request that leaves after it.
 */
function outdateSoon(entry: Entry, queries: Queries, reason: TapReason): void {
  outdated.set(entry, () => queries.outdate(entry, { cause: 0, reason }));
  if (outdated.size > 1) return;
  queueMicrotask(() => {
    const all = [...outdated.values()];
    outdated.clear();
    for (const outdate of all) outdate();
  });
}
