import { TitanError } from '../../protocol/index.js';
import type { Fault } from '../faults/decide-fault.js';
import { pause } from './pause.js';

/**
 * What a fault does to a call before its method runs. Within the call, so that nobody waits longer than the client.
 *
 * @throws TitanError that the fault asks for.
 */
export async function failOrDelay({ effect, delayMs }: Fault): Promise<void> {
  if (effect.kind === 'error') throw new TitanError(effect.code, effect.message, { details: effect.details ?? {} });
  if (effect.kind === 'delay') await pause(delayMs);
}

/** The same items, each later. Ending it ends the generator behind it. */
export async function* slowDown(items: AsyncGenerator<unknown>, ms: number): AsyncGenerator<unknown> {
  for await (const item of items) {
    await pause(ms);
    yield item;
  }
}
