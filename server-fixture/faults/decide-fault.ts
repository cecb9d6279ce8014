import type { FaultEffect, FaultRule, Transport } from './fault-rule.js';
import { nextRandom } from './random.js';

/** The call that a decision is about. */
export interface FaultSubject {
  readonly service: { readonly name: string; readonly qualifiedName: string };
  readonly method: string;
  readonly transport: Transport;
}

export interface RuleState {
  readonly rule: FaultRule;
  readonly randomState: number;
  /** How many calls it has befallen. */
  readonly hits: number;
}

/** A decided effect: nothing about it is left to chance. */
export interface Fault {
  readonly effect: FaultEffect;
  /** For `delay`, with the jitter drawn, in milliseconds. */
  readonly delayMs: number;
  /** For `corrupt`, where in the answer: 0 is its first byte, just below 1 its last. */
  readonly position: number;
}

export interface Decision {
  readonly states: readonly RuleState[];
  readonly fault: Fault | undefined;
}

export function startRules(rules: readonly FaultRule[]): readonly RuleState[] {
  return rules.map((rule) => ({ rule, randomState: rule.seed ?? 1, hits: 0 }));
}

/** The first rule that fits and whose die falls so. Rules behind it do not draw. */
export function decideFault(states: readonly RuleState[], subject: FaultSubject): Decision {
  const next = [...states];
  for (const [i, state] of states.entries()) {
    if (!fits(state, subject)) continue;
    const chance = nextRandom(state.randomState);
    if (chance.value >= (state.rule.probability ?? 1)) {
      next[i] = { ...state, randomState: chance.state };
      continue;
    }
    const spread = nextRandom(chance.state);
    next[i] = { ...state, randomState: spread.state, hits: state.hits + 1 };
    return { states: next, fault: faultOf(state.rule.effect, spread.value) };
  }
  return { states: next, fault: undefined };
}

function fits({ rule, hits }: RuleState, { service, method, transport }: FaultSubject): boolean {
  if (rule.count !== undefined && hits >= rule.count) return false;
  if (rule.transport !== undefined && rule.transport !== transport) return false;
  if (rule.method !== undefined && rule.method !== method) return false;
  return rule.service === undefined || rule.service === service.name || rule.service === service.qualifiedName;
}

function faultOf(effect: FaultEffect, spread: number): Fault {
  const jitterMs = effect.kind === 'delay' ? (effect.jitterMs ?? 0) * (spread * 2 - 1) : 0;
  const delayMs = effect.kind === 'delay' ? Math.max(0, effect.ms + jitterMs) : 0;
  return { effect, delayMs, position: spread };
}
