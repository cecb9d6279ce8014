import type { Backend } from '../backend.js';
import type { ServiceMethod } from '../exposure/registered-service.js';
import { type CallContext, runInCall } from './call-context.js';

/** A call's context on a backend: the signal decides when its work is no longer wanted. */
export function createCallContext(backend: Backend, signal: AbortSignal): CallContext {
  return { signal, emit: (event, ...args) => backend.events.emit(event, ...args) };
}

/** One call of one method. Both transports come through here, so rules for every call belong here. */
export async function invoke(
  backend: Backend,
  method: ServiceMethod,
  args: readonly unknown[],
  context: CallContext,
): Promise<unknown> {
  backend.counters.calls++;
  return runInCall(context, async () => method.call(args));
}
