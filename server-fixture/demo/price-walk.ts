import { nextRandom } from '../faults/random.js';

export interface PriceStep {
  readonly price: number;
  /** Against the step before; 0 at the first. */
  readonly change: number;
}

/** Each step moves by at most this part of the price, up or down. */
const MAX_STEP = 0.01;
const LOWEST_PRICE = 0.01;

/** A random walk of one symbol's price. The same symbol and seed give the same walk. */
export class PriceWalk {
  #state: number;
  #price: number;
  #started = false;

  constructor(symbol: string, seed: number) {
    this.#state = hash(symbol) ^ seed;
    this.#price = cents(10 + this.#random() * 990);
  }

  next(): PriceStep {
    const before = this.#price;
    if (this.#started) this.#price = cents(Math.max(LOWEST_PRICE, before * (1 + (this.#random() * 2 - 1) * MAX_STEP)));
    this.#started = true;
    return { price: this.#price, change: cents(this.#price - before) };
  }

  #random(): number {
    const { state, value } = nextRandom(this.#state);
    this.#state = state;
    return value;
  }
}

function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function hash(text: string): number {
  let x = 0;
  for (const character of text) x = mix(x ^ (character.codePointAt(0) ?? 0));
  return x;
}

function cents(price: number): number {
  return Math.round(price * 100) / 100;
}
