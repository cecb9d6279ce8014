import { describe, expect, it } from 'vitest';
import { Counters } from '../counters.js';
import { decideFault, type FaultSubject, startRules } from './decide-fault.js';
import { distort } from './distort.js';
import { FaultPlan } from './fault-plan.js';
import type { FaultRule, Transport } from './fault-rule.js';

const drop = { kind: 'drop' } as const;
const subject = (name = 'users', method = 'list', transport: Transport = 'http'): FaultSubject => ({
  service: { name, qualifiedName: `${name}@1.0.0` },
  method,
  transport,
});

/** How often the rules strike in so many calls. */
function strikes(rules: readonly FaultRule[], calls: number): boolean[] {
  let states = startRules(rules);
  return Array.from({ length: calls }, () => {
    const decision = decideFault(states, subject());
    states = decision.states;
    return decision.fault !== undefined;
  });
}

describe('a decision', () => {
  it.each([
    [{}, true],
    [{ service: 'users' }, true],
    [{ service: 'users@1.0.0', method: 'list', transport: 'http' as const }, true],
    [{ service: 'users@2.0.0' }, false],
    [{ method: 'get' }, false],
    [{ transport: 'ws' as const }, false],
    [{ probability: 0 }, false],
    [{ count: 0 }, false],
  ])('for the rule %j is %s', (rule, strikes) => {
    const { fault } = decideFault(startRules([{ ...rule, effect: drop }]), subject());
    expect(fault !== undefined).toBe(strikes);
  });

  it('is that of the first rule that strikes, which alone counts it', () => {
    const rules = startRules([
      { method: 'get', effect: drop },
      { count: 1, effect: { kind: 'close' } },
      { effect: { kind: 'truncate' } },
    ]);
    const first = decideFault(rules, subject());
    const second = decideFault(first.states, subject());
    expect([first.fault?.effect.kind, second.fault?.effect.kind]).toEqual(['close', 'truncate']);
    expect(second.states.map(({ hits }) => hits)).toEqual([0, 1, 1]);
    expect(rules.map(({ hits }) => hits)).toEqual([0, 0, 0]);
  });

  it('repeats itself for a seed, differs between seeds, and keeps to its probability', () => {
    const rule = (seed: number) => [{ probability: 0.3, seed, effect: drop }];
    expect(strikes(rule(7), 200)).toEqual(strikes(rule(7), 200));
    expect(strikes(rule(7), 200)).not.toEqual(strikes(rule(8), 200));
    const hits = strikes(rule(7), 10_000).filter(Boolean).length;
    expect(hits).toBeGreaterThan(2850);
    expect(hits).toBeLessThan(3150);
  });

  it('draws a delay around its middle and never below 0', () => {
    let states = startRules([{ effect: { kind: 'delay', ms: 10, jitterMs: 20 } }]);
    const delays = Array.from({ length: 1000 }, () => {
      const decision = decideFault(states, subject());
      states = decision.states;
      return decision.fault?.delayMs ?? -1;
    });
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBeGreaterThan(28);
    expect(Math.max(...delays)).toBeLessThanOrEqual(30);
  });
});

describe('distort', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const by = (kind: 'drop' | 'close' | 'truncate' | 'corrupt' | 'duplicate' | 'reorder', position = 0) =>
    distort(bytes, { effect: { kind }, delayMs: 0, position });

  it.each([
    ['drop', []],
    ['close', []],
    ['truncate', [Uint8Array.of(1, 2)]],
    ['duplicate', [bytes, bytes]],
    ['reorder', [bytes]],
  ] as const)('%s', (kind, sent) => {
    expect(by(kind)).toEqual(sent);
  });

  it('corrupts exactly one byte, of a copy', () => {
    expect([0, 0.5, 0.999].map((position) => by('corrupt', position)[0])).toEqual([
      Uint8Array.of(0x7e, 2, 3, 4),
      Uint8Array.of(1, 2, 0x7c, 4),
      Uint8Array.of(1, 2, 3, 0x7b),
    ]);
    expect(bytes[0]).toBe(1);
    expect(distort(new Uint8Array(0), { effect: { kind: 'corrupt' }, delayMs: 0, position: 0.5 })).toHaveLength(1);
  });
});

describe('rules', () => {
  it.each([
    ['x', /^faults: string/],
    [[null], /^faults\[0\]: object, expected a rule/],
    [[{}], /^faults\[0\]\.effect\.kind: undefined, expected one of delay, /],
    [[{ effect: { kind: 'explode' } }], /effect\.kind: explode/],
    [[{ effect: drop }, { effect: drop, probability: 2 }], /^faults\[1\]\.probability: number 2, expected 0 to 1/],
    [[{ effect: drop, count: -1 }], /\.count/],
    [[{ effect: drop, seed: 0.5 }], /\.seed/],
    [[{ effect: drop, transport: 'tcp' }], /\.transport: tcp/],
    [[{ effect: drop, service: 1 }], /\.service: number/],
    [[{ effect: { kind: 'delay' } }], /\.effect\.ms/],
    [[{ effect: { kind: 'delay', ms: 1, jitterMs: -1 } }], /\.jitterMs/],
    [[{ effect: { kind: 'error', code: 200, message: 'x' } }], /\.effect\.code/],
    [[{ effect: { kind: 'error', code: 500 } }], /\.effect\.message/],
    [Array.from({ length: 1001 }, () => ({ effect: drop })), /^faults: 1001 rules/],
  ])('are refused whole: %j', (rules, message) => {
    const plan = new FaultPlan(new Counters());
    plan.set([{ effect: drop }]);
    expect(() => plan.set(rules as readonly FaultRule[])).toThrow(message);
    expect(plan.decide(subject())?.effect).toEqual(drop);
    expect(plan.hits).toEqual([1]);
  });
});
