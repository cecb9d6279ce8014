import type { ReadonlySignal } from '@preact/signals';
import type { Price } from './netron.js';
import { Sparkline } from './sparkline.js';

interface PriceTileProps {
  symbol: string;
  prices: ReadonlySignal<readonly Price[]>;
}

const MONEY = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function PriceTile({ symbol, prices }: PriceTileProps) {
  const last = prices.value.at(-1);
  const change = last?.change ?? 0;
  const trend = change > 0 ? 'up' : change < 0 ? 'down' : 'flat';
  return (
    <li class="tile" data-trend={trend}>
      <span class="symbol">{symbol}</span>
      <span class="change">
        <span aria-hidden="true">{ARROWS[trend]}</span>
        <span class="sr-only">{trend}</span> {last === undefined ? '' : MONEY.format(Math.abs(change))}
      </span>
      <span class="price" data-testid={`price-${symbol}`}>
        {last === undefined ? '–' : MONEY.format(last.price)}
      </span>
      <Sparkline values={prices.value.map(({ price }) => price)} />
    </li>
  );
}

const ARROWS = { up: '▲', down: '▼', flat: '' };
