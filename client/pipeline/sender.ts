import type { TapCall } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { Auth } from '../auth/auth.js';
import { type CircuitBreaker, type Permit, refusalError } from '../breaker/breaker.js';
import { admit } from '../breaker/breaker-state.js';
import { verdictOf } from '../breaker/verdict.js';
import type { Backend, BackendContext } from '../call/backend.js';
import { failureOf } from '../call/caller.js';
import { TASK_TIMEOUT_MS } from '../limits.js';
import { NetronError, type NetronErrorFields } from '../netron-error.js';
import { RetryBudget } from '../retry/retry-budget.js';
import { decideRetry } from '../retry/retry-decision.js';
import type { Transport, TransportRequest } from '../transport/transport.js';
import { Breakers } from './breakers.js';
import { CallQueue } from './call-queue.js';
import type { CallSettings } from './call-settings.js';

const UNAUTHORIZED = 401;

/** One call on its way, or the opening of a stream. */
export interface Sending<T> {
  readonly settings: CallSettings;
  readonly transport: Transport;
  /** Makes one request of it. */
  ask(request: TransportRequest): Promise<T>;
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
  async send<T>(request: TransportRequest, sending: Sending<T>): Promise<T> {
    const { call, cancellation } = request;
    if (this.#auth === undefined && this.#backend.config.auth !== undefined) {
      this.#auth = await cancellation.race(this.#backend.auth(), call);
    }
    const auth = this.#auth;
    if (sending.requests === 0) this.#budget.deposit();
    let isRenewed = false;
    /** Of the last request that was made. */
    let last: NetronError | undefined;
    for (let failed = 0; ; ) {
      try {
        return await this.#once(request, sending, auth);
      } catch (thrown) {
        const error = failureOf(thrown, call, cancellation);
        if (cancellation.cancelled !== undefined || cancellation.session?.isOver) throw error;
        if (error.status === UNAUTHORIZED && auth?.mayRefresh && !isRenewed && isRepeatable(request)) {
          isRenewed = true;
          await this.#renew(auth, error, request, sending);
          this.#note(call, error, 0);
          // The new token is the answer to it.
          last = undefined;
          continue;
        }
        // Its own failures have opened the breaker: they are what became of the call.
        if (error.code !== 'unavailable') last = error;
        const delayMs = this.#retryDelay(error, ++failed, request, sending);
        if (delayMs === undefined) throw last ?? error;
        await this.#pause(delayMs, error, request);
      }
    }
  }

  /** Resolves when there is something new to try with. @throws NetronError the 401, where there is not. */
  async #renew(auth: Auth, refusal: NetronError, request: TransportRequest, sending: Sending<unknown>): Promise<void> {
    const { call, cancellation } = request;
    // It would wait for itself.
    if (cancellation.onBehalfOf === auth) throw refusal;
    try {
      await cancellation.race(this.#refresh(auth, sending), call);
    } catch (cause) {
      throw new NetronError(refusal.code, refusal.reason, { ...refusal, cause } as NetronErrorFields);
    }
    if (auth.token !== undefined) await cancellation.race(this.#identify(sending.transport, auth), call);
    else if (!auth.usesCookies && this.#backend.config.token === undefined) throw refusal;
  }

  #refresh(auth: Auth, { token, era }: Sending<unknown>): Promise<string | undefined> {
    const { deadlines } = this.#context;
    deadlines.onBehalfOf = auth;
    try {
      return auth.refresh(token, era, deadlines.clock.read());
    } finally {
      deadlines.onBehalfOf = undefined;
    }
  }

  /**
   * Tells a connection that is open who one is now, once: it goes on as who it was opened for. Where that fails, what is
   * sent next tells: the connection was lost, and another has the new token, or it is refused again.
   */
  async #identify(transport: Transport, auth: Auth): Promise<void> {
    const { era, token } = auth;
    if (this.#identifiedEra !== era) {
      const { deadlines } = this.#context;
      const session = {
        get isOver() {
          return auth.era !== era;
        },
      };
      this.#identifiedEra = era;
      this.#identifying = transport
        .authenticate?.({ token }, deadlines.start(TASK_TIMEOUT_MS, undefined, session))
        .catch(() => undefined);
    }
    await this.#identifying;
  }

  /** Undefined where the error is the last word. @throws NetronError of `shouldRetry`. */
  #retryDelay(
    error: NetronError,
    attempt: number,
    request: TransportRequest,
    { settings }: Sending<unknown>,
  ): number | undefined {
    const { policy } = settings;
    if (policy === undefined) return undefined;
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
    return decision.kind === 'retry' ? decision.delayMs : undefined;
  }

  #pause(delayMs: number, error: NetronError, { call, cancellation }: TransportRequest): Promise<void> {
    const { runtime } = this.#context.deadlines;
    // `shouldRetry` may have given it up.
    if (cancellation.cancelled !== undefined) return Promise.reject(cancellation.error(call));
    this.#note(call, error, delayMs);
    return new Promise((resolve, reject) => {
      const timer = runtime.setTimeout(resolve, delayMs);
      cancellation.onCancel = () => {
        runtime.clearTimeout(timer);
        reject(cancellation.error(call));
      };
    });
  }

  async #once<T>(request: TransportRequest, sending: Sending<T>, auth: Auth | undefined): Promise<T> {
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
      cancellation.check(call);
      permit = breaker && admitted(breaker, call);
      sending.requests++;
      let sent = request;
      if (auth !== undefined) {
        sending.token = auth.token;
        sending.era = auth.era;
        const own = auth.headers();
        if (own !== undefined) sent = { ...request, headers: { ...own, ...request.headers } };
      }
      return await sending.ask(sent);
    } catch (thrown) {
      failure = failureOf(thrown, call, cancellation);
      if (failure.code === 'remote') call.doubts--;
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
