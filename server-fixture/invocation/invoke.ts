import { authorize } from '../auth/authorize.js';
import type { Backend } from '../backend.js';
import type { RegisteredService } from '../exposure/registered-service.js';
import type { ServiceMethod } from '../exposure/service-members.js';
import type { Fault } from '../faults/decide-fault.js';
import { isAsyncGenerator } from './async-generator.js';
import { runInCall } from './call-context.js';
import { failOrDelay, slowDown } from './faulty-work.js';
import { parseInput } from './parse-input.js';
import type { Caller, ServedCall } from './served-call.js';

export interface Call {
  readonly service: RegisteredService;
  readonly method: ServiceMethod;
  readonly args: readonly unknown[];
  /** True where Titan checks contracts: in single HTTP calls. */
  readonly checked: boolean;
  readonly fault: Fault | undefined;
}

/**
 * One call of one method. Both transports come through here, so rules for every call belong here. Returns what the
 * method does, so that a result that is there at once need not wait for a turn.
 *
 * @throws TitanError 400, 401, 403 or 429; what the method throws.
 */
export function invoke(backend: Backend, call: Call, context: ServedCall): unknown {
  const { service, method, fault } = call;
  backend.counters.calls++;
  assertAllowed(backend, service, method, context);
  const args = call.checked || backend.strict ? checkedArgs(call) : call.args;
  return fault === undefined
    ? runInCall(context, method.call, args)
    : runInCall(context, callFaulty, method, args, fault);
}

async function callFaulty(method: ServiceMethod, args: readonly unknown[], fault: Fault): Promise<unknown> {
  await failOrDelay(fault);
  const result = await method.call(args);
  return fault.effect.kind === 'slow' && isAsyncGenerator(result) ? slowDown(result, fault.effect.ms) : result;
}

/** @throws TitanError 401, 403 or 429. */
export function assertAllowed(
  backend: Backend,
  service: RegisteredService,
  { name, rules: { auth, rateLimit } }: Pick<ServiceMethod, 'name' | 'rules'>,
  { user, client }: Pick<Caller, 'user' | 'client'>,
): void {
  if (backend.auth !== undefined && auth !== undefined) {
    const target = { service: service.qualifiedName, method: name };
    countIfThrown(backend, 'unauthorized', () => authorize(auth, user, target));
  }
  if (rateLimit !== undefined) {
    const key = `${service.qualifiedName}.${name} ${user?.userId ?? client}`;
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
