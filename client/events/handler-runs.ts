import type { Emission } from './emission.js';

/** One after the other, without waiting. A promise that a handler returns is its own affair. */
export function callAll(emission: Emission, args: readonly unknown[]): void {
  for (const listener of emission.listeners) {
    if (!emission.claim(listener)) continue;
    // Taken out first, so that the handler gets no `this`.
    const { handler } = listener;
    try {
      handler(...args);
    } catch (error) {
      emission.errors.push(error);
    }
  }
}

/** All at once. */
export const callParallel = (emission: Emission, args: readonly unknown[]) => collect(emission, args, false);

/** Each when the one before has settled. */
export const callSerial = (emission: Emission, args: readonly unknown[]) => collect(emission, args, true);

/** Results and errors in the order of the handlers, not of their arrival. */
async function collect(emission: Emission, args: readonly unknown[], isSerial: boolean): Promise<void> {
  const calls: Promise<unknown>[] = [];
  for (const listener of emission.listeners) {
    if (!emission.claim(listener)) continue;
    const { handler } = listener;
    const call = (async () => handler(...args))();
    calls.push(call);
    if (isSerial) await Promise.allSettled([call]);
  }
  const values: unknown[] = [];
  for (const result of await Promise.allSettled(calls)) {
    if (result.status === 'fulfilled') values.push(result.value);
    else emission.errors.push(result.reason);
  }
  emission.value = values;
}

/** Each takes what the one before has made. The first error ends it: there is nothing to hand on. */
export async function callReduce(emission: Emission, [initial, ...rest]: readonly unknown[]): Promise<void> {
  emission.value = initial;
  try {
    for (const listener of emission.listeners) {
      const { handler } = listener;
      if (emission.claim(listener)) emission.value = await handler(emission.value, ...rest);
    }
  } catch (error) {
    emission.errors.push(error);
  }
}
