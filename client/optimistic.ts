import { CallOutcome } from '../protocol/tap/tap.js';
import type { Entry } from './cache/entry.js';
import type { Layer } from './cache/layer.js';
import { ActiveCall } from './call/active-call.js';
import { entriesOf, listOf } from './mutations.js';
import type { NetronClient } from './netron-client.js';

/** A change that is shown before it is known to hold. Ends once, with the first of the two. */
export interface OptimisticChange<R> {
  /** It holds: the layers become part of what the entries hold, with `result` where they have a `commit`. */
  commit(result: R): void;
  /** It does not: the layers go, and those above them are folded again. */
  rollback(): void;
}

/**
 * Puts layers on their entries for a write that is no call of this client: an upload by other means, a message over a
 * channel of the app's own. Calls do this by themselves, with the option `optimistic` of `mutate`.
 *
 * @throws NetronError `invalid-argument` when an update throws; then nothing has changed.
 */
export function optimistic<A extends readonly unknown[], R>(
  client: NetronClient,
  layers: Layer<A, R> | readonly Layer<A, R>[],
  ...args: A
): OptimisticChange<R> {
  const { cache, mutations, caller, defaultBackend } = client.parts;
  const placed = mutations.place(listOf(layers) as readonly Layer<never, never>[]);
  const entries = entriesOf(placed);
  const { backend = defaultBackend, service = '' } = (entries[0] ?? {}) as Partial<Entry>;
  const place = { backend, service, method: 'optimistic' };
  const call = new ActiveCall('mutation', place, args, client.parts.backend(backend).via);
  const writesBefore = entries.map(({ writes }) => writes);
  let isOpen = true;
  const end = (outcome: CallOutcome, value: unknown, then: (endSeq: number) => void): void => {
    if (!isOpen) return;
    isOpen = false;
    then(caller.end(call, outcome, value));
  };
  caller.start(call, 0, 'user');
  mutations.apply(call, placed, entries);
  return {
    commit: (result) =>
      end(CallOutcome.ok, result, (endSeq) => {
        mutations.settle(call, entries, mutations.overtaken(entries, writesBefore), result, endSeq, []);
      }),
    rollback: () =>
      end(CallOutcome.aborted, null, (cause) => cache.layers.rollback(call, entries, { cause, reason: 'rollback' })),
  };
}
