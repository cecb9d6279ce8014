import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { PriceFeed } from './price-feed.js';
import { PriceHistory, SYMBOLS } from './price-history.js';
import { PriceTile } from './price-tile.js';
import { StatusPill } from './status-pill.js';

/** The stream is open while the feed is mounted; the history is here, so that a stopped card keeps its last prices. */
export function PricesCard() {
  const running = useSignal(true);
  const history = useMemo(() => new PriceHistory(SYMBOLS), []);
  const toggle = (): void => {
    // A new stream begins anew; its prices do not continue these.
    if (!running.value) history.clear();
    running.value = !running.value;
  };
  return (
    <section class="card prices" aria-labelledby="prices-title" data-running={running.value}>
      <header class="card-head">
        <h2 id="prices-title">Live prices</h2>
        {running.value ? <PriceFeed history={history} /> : <StatusPill status="stopped" testId="stream-status" />}
        <button type="button" class="quiet" data-testid="stream-toggle" onClick={toggle}>
          {running.value ? 'Stop' : 'Start'}
        </button>
      </header>
      <ul class="tiles">
        {history.tiles.map(([symbol, prices]) => (
          <PriceTile key={symbol} symbol={symbol} prices={prices} />
        ))}
      </ul>
    </section>
  );
}
