import type { Counters } from '../counters.js';
import { decideFault, type Fault, type FaultSubject, type RuleState, startRules } from './decide-fault.js';
import { type FaultRule, parseFaultRules } from './fault-rule.js';

/** The fault rules of one server and how often each has struck. */
export class FaultPlan {
  readonly #counters: Counters;
  #states: readonly RuleState[] = [];

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /**
   * Replaces all rules; the count of hits begins anew.
   *
   * @throws TypeError for a bad rule; then the rules stay as they were.
   */
  set(rules: readonly FaultRule[]): void {
    this.#states = startRules(parseFaultRules(rules));
  }

  /** Hits of each rule, in the order of the rules. */
  get hits(): readonly number[] {
    return this.#states.map(({ hits }) => hits);
  }

  decide(subject: FaultSubject): Fault | undefined {
    if (this.#states.length === 0) return undefined;
    const { states, fault } = decideFault(this.#states, subject);
    this.#states = states;
    if (fault !== undefined) this.#counters.faults++;
    return fault;
  }
}
