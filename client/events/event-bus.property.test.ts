import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBus } from './event-bus.js';

/** What a handler does when it is called for the first time, and a program from outside. */
type Step =
  | { readonly kind: 'on' | 'stop'; readonly which: number }
  | { readonly kind: 'off' | 'emit'; readonly which: number }
  | { readonly kind: 'clear' };

interface Listener {
  readonly pattern: string;
  readonly priority: number;
  readonly once: boolean;
  readonly throws: boolean;
  readonly steps: readonly Step[];
}

const NAMES = ['a', 'a:b', 'a:b:c', 'b'];
const PATTERNS = [...NAMES, '*', 'a:*', '*b', 'a*c'];

const which = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('on', 'stop', 'off', 'emit'), which }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);
const listener: fc.Arbitrary<Listener> = fc.record({
  pattern: fc.constantFrom(...PATTERNS),
  priority: fc.constantFrom(0, 0, 1, -1, 0.5, Number.POSITIVE_INFINITY),
  once: fc.boolean(),
  throws: fc.boolean(),
  steps: fc.array(step, { maxLength: 3 }),
});
const listeners = fc.array(listener, { minLength: 6, maxLength: 6 });

type Call = (index: number, args: readonly unknown[]) => void;

/** What is tried: each works on the listeners of one run, by their number. */
interface Machine {
  on(index: number, listener: Listener): void;
  /** The newest of this number. */
  stop(index: number): void;
  /** All of this number. */
  off(index: number, listener: Listener): void;
  emit(name: string, ...args: readonly unknown[]): void;
  clear(): void;
  count(name: string): number;
}

class RealBus implements Machine {
  readonly #bus = new EventBus();
  readonly #handlers: readonly ((...args: readonly unknown[]) => void)[];
  readonly #stops = new Map<number, () => void>();

  constructor(call: Call) {
    this.#handlers = NUMBERS.map(
      (index) =>
        (...args) =>
          call(index, args),
    );
  }
  on(index: number, { pattern, priority, once }: Listener): void {
    this.#stops.set(index, this.#bus.on(pattern, this.#handler(index), { priority, once }));
  }
  stop(index: number): void {
    this.#stops.get(index)?.();
  }
  off(index: number, { pattern }: Listener): void {
    this.#bus.off(pattern, this.#handler(index));
  }
  emit(name: string, ...args: readonly unknown[]): void {
    this.#bus.emit(name, ...args);
  }
  clear(): void {
    this.#bus.clear();
  }
  count(name: string): number {
    return this.#bus.listenerCount(name);
  }
  #handler(index: number): (...args: readonly unknown[]) => void {
    return this.#handlers[index] as (...args: readonly unknown[]) => void;
  }
}

/** A list, searched from its start to its end every time. */
class Model implements Machine {
  #all: { readonly index: number; readonly listener: Listener; spent: boolean }[] = [];
  readonly #newest = new Map<number, unknown>();
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }
  on(index: number, listener: Listener): void {
    const one = { index, listener, spent: false };
    this.#all.push(one);
    this.#newest.set(index, one);
  }
  stop(index: number): void {
    this.#all = this.#all.filter((one) => one !== this.#newest.get(index));
  }
  off(index: number): void {
    this.#all = this.#all.filter((one) => one.index !== index);
  }
  emit(name: string, ...args: readonly unknown[]): void {
    const errors: unknown[] = [];
    for (const one of this.#of(name)) {
      if (one.spent) continue;
      if (one.listener.once) {
        one.spent = true;
        this.#all = this.#all.filter((other) => other !== one);
      }
      try {
        this.#call(one.index, args);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  }
  clear(): void {
    this.#all = [];
  }
  count(name: string): number {
    return this.#of(name).length;
  }
  #of(name: string) {
    const fits = this.#all.filter(({ listener: { pattern } }) => isHeard(pattern, name));
    const priorities = [...new Set(fits.map(({ listener }) => listener.priority))].sort((a, b) => (a < b ? 1 : -1));
    return priorities.flatMap((priority) => fits.filter(({ listener }) => listener.priority === priority));
  }
}

const NUMBERS = [0, 1, 2, 3, 4, 5];
const isHeard = (pattern: string, name: string): boolean => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
const flat = (error: unknown): unknown => (error instanceof AggregateError ? error.errors.map(flat) : error);

/** Everything that can be seen of a program: who was called with what, what was thrown, who is left. */
function play(make: (call: Call) => Machine, all: readonly Listener[], steps: readonly Step[]): unknown[] {
  const seen: unknown[] = [];
  const called = new Set<number>();
  let emits = 0;
  const machine = make((index, args) => {
    seen.push([index, ...args]);
    const { steps: inner, throws } = all[index] as Listener;
    if (!called.has(index)) {
      called.add(index);
      inner.forEach(run);
    }
    if (throws) throw `thrown by ${index}`;
  });
  const run = (one: Step): void => {
    if (one.kind === 'clear') return machine.clear();
    if (one.kind === 'emit') return machine.emit(NAMES[one.which % NAMES.length] as string, ++emits);
    machine[one.kind](one.which, all[one.which] as Listener);
  };
  for (const one of steps) {
    try {
      run(one);
    } catch (error) {
      seen.push({ thrown: flat(error) });
    }
    seen.push(NAMES.map((name) => machine.count(name)));
  }
  return seen;
}

describe('any program of subscriptions, removals and emits, also inside each other', () => {
  it('calls whom a plain list would call, in that order, and throws the same', () => {
    fc.assert(
      fc.property(listeners, fc.array(step, { minLength: 1, maxLength: 20 }), (all, steps) => {
        const real = play((call) => new RealBus(call), all, steps);
        const model = play((call) => new Model(call), all, steps);
        expect(real).toEqual(model);
      }),
      { numRuns: 5_000 },
    );
  });
});
