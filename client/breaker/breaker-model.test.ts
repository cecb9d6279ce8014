import { describe, expect, it } from 'vitest';
import { seededRandom } from '../retry/test-random.js';
import { CircuitBreaker, type Permit } from './breaker.js';
import type { BreakerConfig } from './breaker-options.js';
import type { Verdict } from './verdict.js';

/** QUALITY §4 put plainly: a log of all that happened since the breaker last closed, read anew each time. */
class Model {
  phase = 'closed';
  #reason = 'reset';
  #log: { at: number; bad: boolean }[] = [];
  #until = 0;
  #round = 0;
  #ticket = {};
  #probe: object | undefined;

  constructor(
    readonly config: BreakerConfig,
    readonly told: (move: string) => void,
  ) {}

  admit(now: number): object | number {
    if (this.phase === 'open' && now >= this.#until) this.#move('half-open', 'cooldown');
    if (this.phase === 'closed') return this.#ticket;
    if (this.phase === 'open') return this.#until - now;
    if (this.#probe !== undefined) return this.config.cooldownTime;
    this.#probe = {};
    return this.#probe;
  }

  settle(ticket: object, verdict: Verdict, now: number, random: number): void {
    if (ticket === this.#probe) {
      this.#probe = undefined;
      if (verdict === 'success') this.#move('closed', 'recovered');
      const longest = Math.min(60_000, this.config.cooldownTime * 2 ** (this.#round + 1));
      if (verdict === 'failure') this.trip('probe-failed', now + longest * (0.5 + random / 2), this.#round + 1);
    } else if (ticket === this.#ticket && verdict !== 'ignored') {
      this.#log.push({ at: now, bad: verdict === 'failure' });
      const [last, young] = [this.#log.slice(-20), this.#log.filter(({ at }) => at > now - this.config.windowTime)];
      const [bad, badYoung] = [last, young].map((list) => list.filter((one) => one.bad).length) as [number, number];
      const until = now + this.config.cooldownTime;
      if (last.length >= 10 && bad / last.length >= this.config.ratio) this.trip('ratio', until);
      else if (badYoung >= this.config.threshold) this.trip('threshold', until);
    }
  }

  trip(reason: string, until: number, round = 0): void {
    [this.#until, this.#round] = [until, round];
    this.#move('open', reason);
  }

  reset(): void {
    this.#move('closed', 'reset');
  }

  #move(phase: string, reason: string): void {
    if (reason !== this.#reason) this.told(`${this.phase} → ${phase}: ${reason}`);
    [this.phase, this.#reason, this.#ticket, this.#probe, this.#log] = [phase, reason, {}, undefined, []];
  }
}

interface OpenCall {
  readonly permit: Permit;
  readonly ticket: object;
}

const CONFIGS: readonly Partial<BreakerConfig>[] = [
  {},
  { threshold: 3, windowTime: 200, cooldownTime: 100 },
  { threshold: 1_000, ratio: 0.3 },
  { threshold: 25, ratio: 1, windowTime: 2_000 },
  { threshold: 1, cooldownTime: 20_000 },
];

/** Random events, the same to breaker and model. */
class Sequence {
  readonly moves: string[] = [];
  readonly #modelMoves: string[] = [];
  readonly #random: () => number;
  readonly #model: Model;
  readonly #breaker: CircuitBreaker;
  readonly #calls: OpenCall[] = [];
  readonly #settled: Permit[] = [];
  readonly #events: string[] = [];
  #divergence: string | undefined;
  #nowMs = 1_000;
  #jitter = 0;
  /** What the breaker asked to wait last: the moment at which the clock alone changes something. */
  #retryAfterMs = 50;

  constructor(readonly seed: number) {
    this.#random = seededRandom(seed);
    const own = CONFIGS[seed % CONFIGS.length];
    const config = { threshold: 10, windowTime: 500, cooldownTime: 100, ratio: 0.5, perService: false, ...own };
    this.#model = new Model(config, (move) => this.#modelMoves.push(move));
    const runtime = { now: () => this.#nowMs, random: () => this.#jitter };
    this.#breaker = new CircuitBreaker(config, runtime, (from, to, reason) => {
      this.moves.push(`${from} → ${to}: ${reason}`);
    });
  }

  /** What differed first, and all that led there. */
  run(): string | undefined {
    const failing = this.#random();
    const length = 20 + this.#below(100);
    while (this.#events.length < length && this.#divergence === undefined) {
      this.#step(failing);
      this.#compare('moves', this.moves.length, this.#modelMoves.length);
      this.#compare('last move', this.moves.at(-1), this.#modelMoves.at(-1));
      this.#compare('state', this.#breaker.state.kind, this.#model.phase);
    }
    return this.#divergence;
  }

  #step(failing: number): void {
    const dice = this.#random();
    if (dice < 0.4) this.#admit();
    else if (dice < 0.75) this.#settle(failing);
    else if (dice < 0.78) this.#settleAgain();
    else if (dice < 0.88) this.#advance(this.#below(60));
    else if (dice < 0.985) this.#advance(Math.max(0, this.#retryAfterMs - this.#below(2)));
    else if (dice < 0.993) this.#isolate();
    else this.#reset();
  }

  #admit(): void {
    const admission = this.#breaker.admit();
    const expected = this.#model.admit(this.#nowMs);
    this.#events.push(`admit at ${this.#nowMs}`);
    this.#compare(
      'retryAfterMs',
      admission.admitted || admission.retryAfterMs,
      typeof expected !== 'number' || expected,
    );
    if (admission.admitted) this.#calls.push({ permit: admission, ticket: expected as object });
    else if (Number.isFinite(admission.retryAfterMs)) this.#retryAfterMs = admission.retryAfterMs;
  }

  #settle(failing: number): void {
    const [call] = this.#calls.splice(this.#below(this.#calls.length), 1);
    if (call === undefined) return this.#admit();
    const verdict = this.#random() < 0.15 ? 'ignored' : this.#random() < failing ? 'failure' : 'success';
    // Sixteenths, so that both ways of reckoning are exact.
    this.#jitter = this.#below(16) / 16;
    this.#events.push(`${verdict} of era ${call.permit.era} at ${this.#nowMs}`);
    this.#breaker.settle(call.permit, verdict);
    this.#model.settle(call.ticket, verdict, this.#nowMs, this.#jitter);
    this.#settled.push(call.permit);
  }

  /** Of this the model is not told: it must change nothing. */
  #settleAgain(): void {
    const permit = this.#settled[this.#below(this.#settled.length)];
    if (permit === undefined) return this.#admit();
    this.#events.push('a second result');
    this.#breaker.settle(permit, this.#random() < 0.5 ? 'failure' : 'success');
  }

  #advance(byMs: number): void {
    this.#events.push(`wait ${byMs} ms`);
    this.#nowMs += byMs;
  }

  #isolate(): void {
    this.#events.push('isolate');
    this.#breaker.isolate();
    this.#model.trip('isolated', Number.POSITIVE_INFINITY);
  }

  #reset(): void {
    this.#events.push('reset');
    this.#breaker.reset();
    this.#model.reset();
  }

  #compare(what: string, actual: unknown, expected: unknown): void {
    if (actual === expected) return;
    this.#divergence ??= `${what} ${actual}, not ${expected}; seed ${this.seed}: ${this.#events.join(', ')}`;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

describe('the circuit breaker', () => {
  it('does what the model does in 10,000 random sequences', () => {
    const moves = new Map<string, number>();
    for (let seed = 1; seed <= 10_000; seed++) {
      const sequence = new Sequence(seed);
      expect(sequence.run()).toBeUndefined();
      for (const move of sequence.moves) moves.set(move, (moves.get(move) ?? 0) + 1);
    }
    // Every way from one state to another was taken, and often.
    for (const move of [
      'closed → open: ratio',
      'closed → open: threshold',
      'open → half-open: cooldown',
      'half-open → open: probe-failed',
      'half-open → closed: recovered',
      'closed → open: isolated',
      'open → open: isolated',
      'half-open → open: isolated',
      'open → closed: reset',
      'half-open → closed: reset',
      'closed → closed: reset',
    ]) {
      expect(moves.get(move), move).toBeGreaterThan(50);
    }
  });
});
