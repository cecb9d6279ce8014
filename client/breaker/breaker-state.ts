import { BREAKER_MIN_SAMPLE, BREAKER_SAMPLE, MAX_BREAKER_COOLDOWN_MS } from '../resilience-limits.js';
import type { BreakerConfig } from './breaker-options.js';
import type { Verdict } from './verdict.js';

/**
 * Why a breaker is in its state. `ratio`, `threshold`: too many failures, by either rule. `cooldown`: it was open for long
 * enough. `probe-failed`, `recovered`: what the one call of half-open said. `isolated`, `reset`: by hand; a new breaker
 * counts as reset.
 */
export type BreakerReason = 'ratio' | 'threshold' | 'cooldown' | 'probe-failed' | 'recovered' | 'isolated' | 'reset';

interface InEra {
  /**
   * Counts up when the state changes its kind, and with each probe. A result belongs to the era that its call was let
   * through in, and to no later one.
   */
  readonly era: number;
  readonly reason: BreakerReason;
}

export interface Closed extends InEra {
  readonly kind: 'closed';
  /** The last outcomes that count, true for a failure, oldest first; at most the sample. */
  readonly outcomes: readonly boolean[];
  /** When calls failed, oldest first; fewer than the threshold, or it would be open. */
  readonly failedAtMs: readonly number[];
}

export interface Open extends InEra {
  readonly kind: 'open';
  /** Infinity while it is isolated. */
  readonly untilMs: number;
  /** Upper end of this cooldown, before jitter; the next one is twice as long. 0 while it is isolated. */
  readonly cooldownMs: number;
}

export interface HalfOpen extends InEra {
  readonly kind: 'half-open';
  readonly cooldownMs: number;
  /** Whether the one call that may be out is out. */
  readonly probing: boolean;
}

export type BreakerState = Closed | Open | HalfOpen;

/**
 * A call asks to be let through: it may go when the state is closed, or another than before. (What changes nothing gives
 * the very state that was passed in.)
 */
export function admit(state: BreakerState, nowMs: number): BreakerState {
  if (state.kind === 'closed') return state;
  const refuses = state.kind === 'open' ? nowMs < state.untilMs : state.probing;
  return refuses ? state : halfOpen(state, true);
}

/**
 * A call that was let through in `era` has ended.
 *
 * @param random uniform in [0, 1).
 */
export function settle(
  state: BreakerState,
  era: number,
  verdict: Verdict,
  nowMs: number,
  random: number,
  config: BreakerConfig,
): BreakerState {
  // No call is let through in the era of an open state.
  if (era !== state.era || state.kind === 'open') return state;
  if (state.kind === 'closed')
    return verdict === 'ignored' ? state : count(state, verdict === 'failure', nowMs, config);
  if (verdict === 'ignored') return halfOpen(state, false);
  if (verdict === 'success') return close(state, 'recovered');
  const cooldownMs = Math.min(MAX_BREAKER_COOLDOWN_MS, state.cooldownMs * 2);
  // Half of it is sure, or jitter could send the next probe at once.
  return open(state, 'probe-failed', nowMs + (cooldownMs / 2) * (1 + random), cooldownMs);
}

export function isolate(state: BreakerState): BreakerState {
  return open(state, 'isolated', Number.POSITIVE_INFINITY, 0);
}

export function close({ era }: Pick<BreakerState, 'era'>, reason: BreakerReason): Closed {
  return { kind: 'closed', era: era + 1, reason, outcomes: [], failedAtMs: [] };
}

function open({ era }: BreakerState, reason: BreakerReason, untilMs: number, cooldownMs: number): Open {
  return { kind: 'open', era: era + 1, reason, untilMs, cooldownMs };
}

function halfOpen({ era, cooldownMs }: Open | HalfOpen, probing: boolean): HalfOpen {
  return { kind: 'half-open', era: era + 1, reason: 'cooldown', cooldownMs, probing };
}

function count(state: Closed, failed: boolean, nowMs: number, config: BreakerConfig): BreakerState {
  const { threshold, windowTime, cooldownTime, ratio } = config;
  const outcomes = [...state.outcomes, failed].slice(-BREAKER_SAMPLE);
  const failedAtMs = failed ? [...state.failedAtMs.filter((at) => nowMs - at < windowTime), nowMs] : state.failedAtMs;
  const { length } = outcomes;
  const isOverRatio = length >= BREAKER_MIN_SAMPLE && outcomes.filter(Boolean).length / length >= ratio;
  if (isOverRatio || failedAtMs.length >= threshold) {
    return open(state, isOverRatio ? 'ratio' : 'threshold', nowMs + cooldownTime, cooldownTime);
  }
  return { ...state, outcomes, failedAtMs };
}
