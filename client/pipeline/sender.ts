import type { TapCall } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { Auth } from '../auth/auth.js';
import { type CircuitBreaker, type Permit, refusalError } from '../breaker/breaker.js';
import { admit } from '../breaker/breaker-state.js';
import { verdictOf } from '../breaker/verdict.js';
import type { Backend, BackendContext } from '../call/backend.js';
import { failureOf } from '../call/caller.js';
import { NetronError, type NetronErrorFields } from '../netron-error.js';
import { RetryBudget } from '../retry/retry-budget.js';
import { decideRetry } from '../retry/retry-decision.js';
import type { Transport, TransportReply, TransportRequest } from '../transport/transport.js';
import { Breakers } from './breakers.js';
import { CallQueue } from './call-queue.js';
import type { CallSettings } from './call-settings.js';

const UNAUTHORIZED = 401;

/** One call on its way. */
export interface Sending {
  readonly settings: CallSettings;
  readonly transport: Transport;
  /** Requests that were made for it. */
  requests: number;
  /** What the last one went with. */
  token: string | undefined;
  era: number;
}

/**
 * Gets the requests of one backend answered: once more with a new token after a 401, again after what may pass, each time
 * when its turn in the queue has come and the circuit breaker lets it through.
 */
export class Sender {
  readonly breakers: Breakers | undefined;
  readonly #backend: Backend;
  readonly #context: BackendContext;
  readonly #queue: CallQueue | undefined;
  readonly #budget = new RetryBudget();
  /** Once it is loaded. */
  #auth: Auth | undefined;
  #identifying: Promise<unknown> | undefined;
  #identifiedEra = 0;

  /** @throws NetronError `invalid-config` that names the option. */
  constructor(backend: Backend, context: BackendContext) {
    const { name, circuitBreaker, maxConcurrent } = backend.config;
    this.#backend = backend;
    this.#context = context;
    this.breakers = Breakers.of(circuitBreaker, name, context);
    if (maxConcurrent !== undefined) this.#queue = new CallQueue(maxConcurrent, `backends.${name}.maxConcurrent`);
  }

  /** @throws NetronError of the last attempt. */
  async send(request: TransportRequest, sending: Sending): Promise<TransportReply> {
    const { call, cancellation } = request;
    if (this.#auth === undefined && this.#backend.config.auth !== undefined) {
      this.#auth = await cancellation.race(this.#backend.auth(), call);
    }
    const auth = this.#auth;
    if (sending.requests === 0) this.#budget.deposit();
    let isRenewed = false;
    let last: NetronError | undefined;
    for (let failed = 0; ; ) {
      try {
        return await this.#once(request, sending, auth);
      } catch (thrown) {
        const error = failureOf(thrown, call, cancellation);
        if (cancellation.cancelled !== undefined) throw error;
        // Its own failures have opened the breaker: they are what became of the call.
        if (error.code === 'unavailable' && last !== undefined) throw last;
        last = error;
        if (error.status === UNAUTHORIZED && auth?.mayRefresh && !isRenewed && isRepeatable(request)) {
          isRenewed = true;
          await this.#renew(auth, error, request, sending);
          this.#note(call, error, 0);
        } else await this.#pause(this.#retryDelay(error, ++failed, request, sending), error, request);
      }
    }
  }

  /** Resolves when there is something new to try with. @throws NetronError the 401, where there is not. */
  async #renew(auth: Auth, refusal: NetronError, request: TransportRequest, sending: Sending): Promise<void> {
    const { call, cancellation } = request;
    // It would wait for itself.
    if (cancellation.onBehalfOf === auth) throw refusal;
    let token: string | undefined;
    try {
      token = await cancellation.race(this.#refresh(auth, sending), call);
      if (token !== undefined) await cancellation.race(this.#identify(sending.transport, token, auth.era), call);
    } catch (cause) {
      throw new NetronError(refusal.code, refusal.reason, { ...refusal, cause } as NetronErrorFields);
    }
    if (token === undefined && !auth.usesCookies && this.#backend.config.token === undefined) throw refusal;
  }

  #refresh(auth: Auth, { token, era }: Sending): Promise<string | undefined> {
    const { deadlines } = this.#context;
    deadlines.onBehalfOf = auth;
    try {
      return auth.refresh(token, era, deadlines.clock.read());
    } finally {
      deadlines.onBehalfOf = undefined;
    }
  }

  /** Tells a connection that is open who one is now, once: it goes on as who it was opened for. */
  async #identify(transport: Transport, token: string, era: number): Promise<void> {
    if (this.#identifiedEra !== era) {
      this.#identifiedEra = era;
      this.#identifying = transport.authenticate?.({ token });
    }
    await this.#identifying;
  }

  /** @throws the error, where it is to be the last word. */
  #retryDelay(error: NetronError, attempt: number, request: TransportRequest, { settings }: Sending): number {
    const { policy } = settings;
    if (policy === undefined) throw error;
    const { clock, runtime } = this.#context.deadlines;
    const { timeoutMs, dueMs } = request.cancellation;
    const decision = decideRetry({
      policy,
      error,
      attempt,
      mayRepeat: settings.mayRepeat && isRepeatable(request),
      elapsedMs: Number.isFinite(timeoutMs) ? timeoutMs - (dueMs - clock.read()) : 0,
      timeoutMs,
      random: runtime.random(),
      budgetAllows: this.#budget.allows,
    });
    this.#budget.settle(decision);
    if (decision.kind === 'give-up') throw error;
    return decision.delayMs;
  }

  #pause(delayMs: number, error: NetronError, { call, cancellation }: TransportRequest): Promise<void> {
    const { runtime } = this.#context.deadlines;
    this.#note(call, error, delayMs);
    return new Promise((resolve, reject) => {
      const timer = runtime.setTimeout(resolve, delayMs);
      cancellation.onCancel = () => {
        runtime.clearTimeout(timer);
        reject(cancellation.error(call));
      };
    });
  }

  async #once(request: TransportRequest, sending: Sending, auth: Auth | undefined): Promise<TransportReply> {
    const { call, cancellation } = request;
    const breaker = this.breakers?.for(call.service);
    if (this.#queue !== undefined) {
      // Before it waits for its turn, since it is to hear at once; and again after, since that may take a while.
      if (breaker !== undefined && this.#refuses(breaker)) admitted(breaker, call);
      await this.#queue.enter(sending.settings.priority, cancellation, call);
    }
    let permit: Permit | undefined;
    let failure: NetronError | undefined;
    try {
      permit = breaker && admitted(breaker, call);
      sending.requests++;
      let sent = request;
      if (auth !== undefined) {
        sending.token = auth.token;
        sending.era = auth.era;
        const own = auth.headers();
        if (own !== undefined) sent = { ...request, headers: { ...own, ...request.headers } };
      }
      return await sending.transport.invoke(sent);
    } catch (thrown) {
      failure = failureOf(thrown, call, cancellation);
      throw failure;
    } finally {
      if (permit !== undefined) breaker?.settle(permit, failure === undefined ? 'success' : verdictOf(failure));
      this.#queue?.leave();
    }
  }

  /** Without taking the one permit of half-open. */
  #refuses({ state }: CircuitBreaker): boolean {
    return state.kind !== 'closed' && admit(state, this.#context.deadlines.runtime.now()) === state;
  }

  #note(call: TapCall, error: NetronError, delayMs: number): void {
    this.#context.tap?.emit(TapKind.callAttempt, call.seq, 'retry', call, error, delayMs);
  }
}

/** @throws NetronError `unavailable`, with the time after which asking again may help. */
function admitted(breaker: CircuitBreaker, call: TapCall): Permit {
  const admission = breaker.admit();
  if (admission.admitted) return admission;
  throw refusalError(admission, call);
}

/** What the source of an upload has given already cannot be had from it again. */
function isRepeatable({ call, args = call.args }: TransportRequest): boolean {
  return !args.some((arg) => typeof arg === 'object' && arg !== null && Symbol.asyncIterator in arg);
}
