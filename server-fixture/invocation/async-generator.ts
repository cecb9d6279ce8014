import { setImmediate as nextTurn } from 'node:timers/promises';
import { TitanError } from '../../protocol/index.js';
import { BURST_ITEMS, MAX_DRAINED_ITEMS } from '../limits.js';
import { type CallContext, runInCall } from './call-context.js';

export function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    'next' in value &&
    typeof value.next === 'function' &&
    'return' in value &&
    typeof value.return === 'function'
  );
}

/**
 * Collects a generator into a list, for a transport without streams.
 *
 * @throws TitanError 413 for more than {@link MAX_DRAINED_ITEMS} items; what the generator throws; the signal's reason.
 */
export function drain(generator: AsyncGenerator<unknown>, context: CallContext): Promise<unknown[]> {
  return runInCall(context, async () => {
    const items: unknown[] = [];
    for await (const item of generator) {
      context.signal.throwIfAborted();
      if (items.push(item) > MAX_DRAINED_ITEMS) {
        throw new TitanError(413, `Stream has more than ${MAX_DRAINED_ITEMS} items`);
      }
      if (items.length % BURST_ITEMS === 0) await nextTurn();
    }
    return items;
  });
}

/** Ends a generator whose work is no longer wanted. Its `finally` runs; what that throws concerns nobody. */
export function dispose(generator: AsyncGenerator<unknown>, context: CallContext): void {
  runInCall(context, async () => generator.return(undefined)).catch(() => undefined);
}
