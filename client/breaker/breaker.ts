import type { CallPlace } from '../call/call-error.js';
import { NetronError, type NetronErrorFields } from '../netron-error.js';
import type { Runtime } from '../runtime.js';
import type { BreakerConfig } from './breaker-options.js';
import { admit, type BreakerReason, type BreakerState, close, isolate, settle } from './breaker-state.js';
import type { Verdict } from './verdict.js';

/** A call may be sent. It must be settled, once, however it ends, or half-open waits for it forever. */
export interface Permit {
  readonly admitted: true;
  /** Of the state it was given in; 0 once it is settled. */
  era: number;
}

export interface Refusal {
  readonly admitted: false;
  /** When asking again may help, in milliseconds; Infinity while the breaker is isolated. */
  readonly retryAfterMs: number;
}

export type Admission = Permit | Refusal;

export type BreakerListener = (
  from: BreakerState['kind'],
  to: BreakerState['kind'],
  /** Why it is in `to`. */
  reason: BreakerReason,
) => void;

/**
 * Stops calls to a backend that fails (QUALITY §4). Time passes for it only when it is asked: an open breaker becomes
 * half-open with the call that it lets through as its probe.
 */
export class CircuitBreaker {
  readonly #config: BreakerConfig;
  readonly #runtime: Pick<Runtime, 'now' | 'random'>;
  readonly #onState: BreakerListener | undefined;
  #state: BreakerState = close({ era: 0 }, 'reset');

  constructor(config: BreakerConfig, runtime: Pick<Runtime, 'now' | 'random'>, onState?: BreakerListener) {
    this.#config = config;
    this.#runtime = runtime;
    this.#onState = onState;
  }

  get state(): BreakerState {
    return this.#state;
  }

  admit(): Admission {
    const before = this.#state;
    const nowMs = this.#runtime.now();
    const after = this.#enter(admit(before, nowMs));
    if (after.kind === 'closed' || after !== before) return { admitted: true, era: after.era };
    return {
      admitted: false,
      // Nobody knows when the probe is back; if it fails, the breaker stays shut for at least this long.
      retryAfterMs: after.kind === 'open' ? after.untilMs - nowMs : this.#config.cooldownTime,
    };
  }

  /** Results of an earlier state, and second results of one call, are dropped. */
  settle(permit: Permit, verdict: Verdict): void {
    const { era } = permit;
    permit.era = 0;
    this.#enter(settle(this.#state, era, verdict, this.#runtime.now(), this.#runtime.random(), this.#config));
  }

  /** Open until {@link reset}, whatever comes back. */
  isolate(): void {
    this.#enter(isolate(this.#state));
  }

  /** Closed, as if nothing had failed. */
  reset(): void {
    this.#enter(close(this.#state, 'reset'));
  }

  #enter(after: BreakerState): BreakerState {
    const before = this.#state;
    this.#state = after;
    // No two kinds of state share a reason.
    if (after.reason !== before.reason) this.#onState?.(before.kind, after.kind, after.reason);
    return after;
  }
}

/** What a refused call fails with. Without `retryAfterMs` while the breaker is isolated: nobody knows. */
export function refusalError({ retryAfterMs }: Refusal, { backend, service, method }: CallPlace): NetronError {
  return new NetronError('unavailable', 'the circuit breaker is open', {
    backend,
    service,
    method,
    retryable: true,
    retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : undefined,
  } as NetronErrorFields);
}
