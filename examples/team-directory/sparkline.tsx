const WIDTH = 100;
const HEIGHT = 24;
/** Fewer values than these leave room at the left; more share the width, until the oldest ones go. */
const FEWEST_ACROSS = 12;
/** Keeps the stroke inside of the picture. */
const MARGIN = 2;

/** The newest value is at the right edge; decoration, since the price itself is text. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const points = place(values);
  const line = points.map(([x, y]) => `${x},${y}`).join(' ');
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && (
        <>
          <polygon points={`${points[0]?.[0]},${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} />
          <polyline points={line} />
        </>
      )}
    </svg>
  );
}

function place(values: readonly number[]): [x: number, y: number][] {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = WIDTH / (Math.max(values.length, FEWEST_ACROSS) - 1);
  return values.map((value, i) => [
    round(WIDTH - (values.length - 1 - i) * step),
    round(HEIGHT - MARGIN - ((value - low) / span) * (HEIGHT - 2 * MARGIN)),
  ]);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
