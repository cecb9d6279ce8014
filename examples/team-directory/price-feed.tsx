import { useStream } from 'netron-client/preact';
import { Market } from './netron.js';
import { type PriceHistory, SYMBOLS } from './price-history.js';
import { StatusPill } from './status-pill.js';

/** Feeds the history from the stream while it is mounted, and shows how the stream is. */
export function PriceFeed({ history }: { history: PriceHistory }) {
  const { status, error, restart } = useStream(Market, 'streamPrices', [SYMBOLS], {
    onChunk: (price) => history.add(price),
  });
  const over = status.value === 'ended' || status.value === 'failed';
  const reconnect = (): void => {
    history.clear();
    restart();
  };
  return (
    <>
      <StatusPill status={status.value} testId="stream-status" />
      {error.value !== undefined && (
        <span class="muted clip" title={error.value.message}>
          {error.value.reason}
        </span>
      )}
      {over && (
        <button type="button" class="quiet" onClick={reconnect}>
          Reconnect
        </button>
      )}
    </>
  );
}
