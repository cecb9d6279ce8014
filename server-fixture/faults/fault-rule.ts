import { MAX_FAULT_RULES } from '../limits.js';

/** Where a call came in. */
export type Transport = 'http' | 'ws';

/**
 * What goes wrong. `delay`, `error` and `slow` befall the work and so every transport; the others befall the answer on
 * its way: `duplicate` and `reorder` only over WebSocket, and there each chunk of a stream, where the answer is one.
 */
export type FaultEffect =
  /** The call begins late, by `ms` give or take up to `jitterMs`. */
  | { readonly kind: 'delay'; readonly ms: number; readonly jitterMs?: number }
  /** The method is not called; the call fails with this. */
  | {
      readonly kind: 'error';
      readonly code: number;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    }
  /** The method runs, and no answer comes. */
  | { readonly kind: 'drop' }
  /** The method runs, and the connection is cut instead of an answer. */
  | { readonly kind: 'close' }
  /** Half of the answer; over HTTP the connection is cut after it. */
  | { readonly kind: 'truncate' }
  /** One byte of the answer is another. */
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'duplicate' }
  /** The answer comes after the next message. */
  | { readonly kind: 'reorder' }
  /** Each item of a stream waits so long. */
  | { readonly kind: 'slow'; readonly ms: number };

/** A rule without `service`, `method` or `transport` holds for all. */
export interface FaultRule {
  /** `users` for all versions, or `users@1.0.0`. */
  readonly service?: string;
  readonly method?: string;
  readonly transport?: Transport;
  /** 0 to 1. Default 1. */
  readonly probability?: number;
  /** How many calls it befalls before it is spent. Default: no end. */
  readonly count?: number;
  /** The same seed gives the same decisions. Default 1. */
  readonly seed?: number;
  readonly effect: FaultEffect;
}

const KINDS: ReadonlySet<unknown> = new Set([
  'delay',
  'error',
  'drop',
  'close',
  'truncate',
  'corrupt',
  'duplicate',
  'reorder',
  'slow',
]);

/** @throws TypeError that names the rule and the field. */
export function parseFaultRules(rules: unknown): readonly FaultRule[] {
  if (!Array.isArray(rules)) throw new TypeError(`faults: ${typeof rules}, expected a list of rules`);
  if (rules.length > MAX_FAULT_RULES) {
    throw new TypeError(`faults: ${rules.length} rules, expected at most ${MAX_FAULT_RULES}`);
  }
  return rules.map((rule: unknown, i) => parseFaultRule(rule, `faults[${i}]`));
}

function parseFaultRule(rule: unknown, where: string): FaultRule {
  if (typeof rule !== 'object' || rule === null) throw new TypeError(`${where}: ${typeof rule}, expected a rule`);
  const { service, method, probability, count, seed, transport, effect } = rule as Partial<FaultRule>;
  assertText(`${where}.service`, service);
  assertText(`${where}.method`, method);
  assertNumber(`${where}.probability`, probability, (n) => n >= 0 && n <= 1, '0 to 1');
  assertNumber(`${where}.count`, count, (n) => Number.isInteger(n) && n >= 0, 'a whole number');
  assertNumber(`${where}.seed`, seed, Number.isInteger, 'a whole number');
  if (transport !== undefined && transport !== 'http' && transport !== 'ws') {
    throw new TypeError(`${where}.transport: ${String(transport)}, expected "http" or "ws"`);
  }
  const fields: Readonly<Record<string, unknown>> = { ...effect };
  if (!KINDS.has(fields.kind)) {
    throw new TypeError(`${where}.effect.kind: ${String(fields.kind)}, expected one of ${[...KINDS].join(', ')}`);
  }
  const delays = fields.kind === 'delay' || fields.kind === 'slow';
  if (delays) assertNumber(`${where}.effect.ms`, fields.ms ?? Number.NaN, (n) => n >= 0, 'milliseconds');
  assertNumber(`${where}.effect.jitterMs`, fields.jitterMs, (n) => n >= 0, 'milliseconds');
  if (fields.kind === 'error') {
    const isCode = (n: number) => Number.isInteger(n) && n >= 400 && n <= 601;
    assertNumber(`${where}.effect.code`, fields.code ?? Number.NaN, isCode, 'an error code from 400 to 601');
    assertText(`${where}.effect.message`, fields.message ?? null);
  }
  // A copy: what is changed in the caller's object later must not change a rule that was checked.
  return structuredClone(rule) as FaultRule;
}

function assertNumber(where: string, value: unknown, isGood: (n: number) => boolean, expected: string): void {
  if (value === undefined || (typeof value === 'number' && isGood(value))) return;
  throw new TypeError(`${where}: ${typeof value} ${String(value)}, expected ${expected}`);
}

function assertText(where: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return;
  throw new TypeError(`${where}: ${typeof value}, expected a string`);
}
