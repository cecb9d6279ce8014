import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Price } from './netron.js';

export const SYMBOLS: readonly string[] = ['BTC', 'ETH', 'SOL', 'ADA'];

/** Prices kept of each symbol: what a sparkline shows. */
const HISTORY_LENGTH = 40;

/** The last prices, each symbol in a signal of its own: a new price renders one tile. */
export class PriceHistory {
  readonly #bySymbol: ReadonlyMap<string, Signal<readonly Price[]>>;

  constructor(symbols: readonly string[]) {
    this.#bySymbol = new Map(symbols.map((symbol) => [symbol, signal([])]));
  }

  get tiles(): readonly (readonly [symbol: string, prices: ReadonlySignal<readonly Price[]>])[] {
    return [...this.#bySymbol];
  }

  add(price: Price): void {
    const prices = this.#bySymbol.get(price.symbol);
    if (prices !== undefined) prices.value = [...prices.value, price].slice(-HISTORY_LENGTH);
  }

  clear(): void {
    for (const prices of this.#bySymbol.values()) prices.value = [];
  }
}
