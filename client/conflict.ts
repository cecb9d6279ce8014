import * as TapKind from '../protocol/tap/tap-kind.js';
import type { Cache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { AppliedLayer } from './cache/layer.js';
import { entriesWith } from './cache/layering.js';
import { transact } from './cache/transaction.js';
import { ActiveCall } from './call/active-call.js';
import { callError } from './call/call-error.js';
import type { Caller, CallResult } from './call/caller.js';
import type { MutationOptions } from './mutation-options.js';
import { shown } from './option-error.js';

/** What became of a mutation: of the call itself, or of the one in its place after a conflict. */
export interface Sent {
  readonly call: ActiveCall;
  readonly result: CallResult;
}

/** What a conflict is about. */
export interface Conflict {
  readonly call: ActiveCall;
  readonly result: CallResult & { readonly ok: false };
  readonly options: MutationOptions<never, never>;
  /** With layers of the mutation. */
  readonly entries: readonly Entry[];
}

/**
 * Asks the app what to send in place of what was in conflict with what the server has, and sends that, once. The layers
 * stay meanwhile, and then show what is sent.
 */
export async function solveConflict(
  { call, result, options, entries }: Conflict,
  cache: Cache,
  caller: Caller,
  send: (again: ActiveCall) => Promise<CallResult>,
): Promise<Sent> {
  const { error, endSeq } = result;
  const { deadlines } = caller;
  const asking = deadlines.start(Number.POSITIVE_INFINITY, options.signal);
  try {
    const ask = options.onConflict as NonNullable<MutationOptions['onConflict']>;
    const args: unknown = await asking.race(Promise.resolve(ask(error, ...call.args)), call);
    if (args === undefined) return { call, result };
    if (!Array.isArray(args)) throw new TypeError(`it gave ${shown(args)}, expected a list of arguments`);
    const again = new ActiveCall(call.kind, call, args, call.via);
    caller.start(again, endSeq, 'conflict');
    showAgain(call, again, entries, cache);
    return { call: again, result: await send(again) };
  } catch (thrown) {
    const reason = `option onConflict threw: ${shown(thrown)}`;
    const failure =
      asking.cancelled === undefined ? callError('invalid-argument', reason, call, thrown) : asking.error(call);
    return { call, result: { ok: false, endSeq, error: failure } };
  } finally {
    deadlines.end(asking);
  }
}

/** The layers show the arguments of the call that is made in place of the first one. */
function showAgain(call: ActiveCall, again: ActiveCall, entries: readonly Entry[], { layers }: Cache): void {
  transact(() => {
    for (const entry of entriesWith(call, entries)) {
      const replaced = entry.layers.map((applied) =>
        applied.call === call ? new AppliedLayer(again, applied.spec) : applied,
      );
      layers.set(entry, replaced, TapKind.optimisticApply, { cause: again.seq, reason: 'conflict' });
    }
  });
}
