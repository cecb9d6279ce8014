import { isMemberName, MAX_NAME_LENGTH, TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { serviceNameOf } from '../exposure/decorators.js';
import type { RegisteredService } from '../exposure/registered-service.js';
import type { ServiceMethod } from '../exposure/service-members.js';
import type { Fault } from '../faults/decide-fault.js';
import { drain, isAsyncGenerator } from '../invocation/async-generator.js';
import { invoke } from '../invocation/invoke.js';
import { ServedCall } from '../invocation/served-call.js';
import { MAX_TIMER_MS } from '../limits.js';
import { withDeadline } from './deadline.js';
import type { Exchange } from './exchange.js';

/** A method that an HTTP request has named, and what shall go wrong with it. */
export interface Target {
  readonly service: RegisteredService;
  readonly method: ServiceMethod;
  readonly fault: Fault | undefined;
}

export interface CallOptions {
  readonly input: unknown;
  readonly requestId: string;
  readonly timeoutMs: number;
  /** Whether the method's contract is checked even if the server is not strict. */
  readonly checked: boolean;
}

/** @throws TitanError 404 and 400 with Titan's texts. */
export function findTarget({ backend }: Exchange, service: string, method: string): Target {
  const found = backend.registry.latestRegistered(service);
  // A foreign name is repeated at most at the length of a real one with its version.
  const shown = service.slice(0, MAX_NAME_LENGTH);
  if (found === undefined) throw new TitanError(404, `Service ${shown} not found`);
  if (!isMemberName(method)) throw new TitanError(400, 'Invalid method name');
  const member = found.methods.get(method);
  if (member === undefined) throw new TitanError(404, `Method ${method} not found in service ${shown}`);
  const fault = backend.faults.decide({ service: found, method, transport: 'http' });
  return { service: found, method: member, fault };
}

/**
 * Calls the method until it answers, the time is up or the client is gone.
 *
 * @throws what the method throws; TitanError 408; 501 for a result that has no form in JSON.
 */
export async function runCall(
  { backend, caller, signal }: Exchange,
  target: Target,
  options: CallOptions,
): Promise<unknown> {
  const call = new ServedCall(backend, caller);
  const abort = (): void => call.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const { requestId } = options;
  const timeoutMs = Math.min(options.timeoutMs, MAX_TIMER_MS);
  try {
    return await withDeadline(settle(backend, target, options, call), timeoutMs, () => {
      call.abort();
      return new TitanError(408, `Request timed out after ${timeoutMs}ms`, { requestId });
    });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function settle(backend: Backend, target: Target, options: CallOptions, call: ServedCall): Promise<unknown> {
  const { input, checked } = options;
  const args = Array.isArray(input) ? (input as unknown[]) : [input];
  const result = await invoke(backend, { ...target, args, checked }, call);
  return isAsyncGenerator(result) ? drain(result, call) : assertNoService(result);
}

/** HTTP has no definitions: what would go by reference must not silently go as the fields of its object. */
function assertNoService(result: unknown): unknown {
  const name = typeof result === 'object' && result !== null ? serviceNameOf(result)?.name : undefined;
  if (name === undefined) return result;
  throw new TitanError(501, `The result is the service '${name}', which can be returned over WebSocket only`);
}
