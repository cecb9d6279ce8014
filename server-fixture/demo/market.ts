import { z } from 'zod';
import { Service, Stream } from '../exposure/decorators.js';
import { parseInput } from '../invocation/parse-input.js';
import { pause } from '../invocation/pause.js';
import { MAX_SYMBOL_LENGTH, MAX_SYMBOLS } from '../limits.js';
import { type PriceStep, PriceWalk } from './price-walk.js';

export interface MarketOptions {
  /** Time between two prices, in milliseconds. Default 250. */
  readonly intervalMs?: number;
  /** Another seed gives other prices. Default 1. */
  readonly seed?: number;
}

export interface Price extends PriceStep {
  readonly symbol: string;
  readonly at: Date;
}

const symbolsSchema = z.array(z.string().min(1).max(MAX_SYMBOL_LENGTH)).min(1).max(MAX_SYMBOLS);

@Service('market@1.0.0')
export class Market {
  readonly #intervalMs: number;
  readonly #seed: number;

  constructor({ intervalMs = 250, seed = 1 }: MarketOptions = {}) {
    this.#intervalMs = intervalMs;
    this.#seed = seed;
  }

  /** One price of one symbol after another, until the stream is closed. */
  @Stream()
  streamPrices(symbols: unknown): AsyncGenerator<Price> {
    // Checked before the generator exists, so that a bad list fails the call instead of its stream.
    return this.#walk(parseInput(symbolsSchema, symbols));
  }

  async *#walk(symbols: readonly string[]): AsyncGenerator<Price> {
    const walks = symbols.map((symbol) => ({ symbol, walk: new PriceWalk(symbol, this.#seed) }));
    for (;;) {
      for (const { symbol, walk } of walks) {
        yield { symbol, ...walk.next(), at: new Date() };
        await pause(this.#intervalMs);
      }
    }
  }
}
