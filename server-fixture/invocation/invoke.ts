import type { AuthContext } from '../auth/authenticator.js';
import { authorize } from '../auth/authorize.js';
import type { Backend } from '../backend.js';
import type { RegisteredService } from '../exposure/registered-service.js';
import type { ServiceMethod } from '../exposure/service-members.js';
import type { Fault } from '../faults/decide-fault.js';
import { isAsyncGenerator } from './async-generator.js';
import { type CallContext, runInCall } from './call-context.js';
import { failOrDelay, slowDown } from './faulty-work.js';
import { parseInput } from './parse-input.js';

/** Who calls. */
export interface Caller {
  /** Undefined for the anonymous. */
  readonly user: AuthContext | undefined;
  /** What the anonymous are told apart by, such as their address. */
  readonly client: string;
}

export interface Call {
  readonly service: RegisteredService;
  readonly method: ServiceMethod;
  readonly args: readonly unknown[];
  /** True where Titan checks contracts: in single HTTP calls. */
  readonly checked: boolean;
  readonly fault: Fault | undefined;
}

/** A call's context on a backend: the signal decides when its work is no longer wanted. */
export function createCallContext(backend: Backend, signal: AbortSignal, caller: Caller): CallContext {
  return { signal, ...caller, emit: (event, ...args) => backend.events.emit(event, ...args) };
}

/** One call of one method. Both transports come through here, so rules for every call belong here. */
export async function invoke(backend: Backend, call: Call, context: CallContext): Promise<unknown> {
  const { service, method, fault } = call;
  backend.counters.calls++;
  assertAllowed(backend, service, method, context);
  const args = call.checked || backend.strict ? checkedArgs(call) : call.args;
  return runInCall(context, async () => {
    if (fault !== undefined) await failOrDelay(fault);
    const result = await method.call(args);
    return fault?.effect.kind === 'slow' && isAsyncGenerator(result) ? slowDown(result, fault.effect.ms) : result;
  });
}

/** @throws TitanError 401, 403 or 429. */
export function assertAllowed(
  backend: Backend,
  service: RegisteredService,
  member: Pick<ServiceMethod, 'name' | 'rules'>,
  { user, client }: Caller,
): void {
  const { auth, rateLimit } = member.rules;
  const target = { service: service.qualifiedName, method: member.name };
  if (backend.auth !== undefined && auth !== undefined) {
    countIfThrown(backend, 'unauthorized', () => authorize(auth, user, target));
  }
  if (rateLimit !== undefined) {
    const key = `${target.service}.${target.method} ${user?.userId ?? client}`;
    countIfThrown(backend, 'rateLimited', () => backend.rateLimiter.take(key, rateLimit));
  }
}

function countIfThrown({ counters }: Backend, counter: 'unauthorized' | 'rateLimited', check: () => void): void {
  try {
    check();
  } catch (error) {
    counters[counter]++;
    throw error;
  }
}

/** A contract is about the first argument; what it parses to takes the argument's place. */
function checkedArgs({ args, method }: Call): readonly unknown[] {
  const { input } = method.rules.contract;
  return input === undefined ? args : [parseInput(input, args[0]), ...args.slice(1)];
}
