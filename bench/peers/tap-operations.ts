import { RING_CAPACITY_DORMANT } from '../../client/limits.ts';
import { browserRuntime } from '../../client/runtime.ts';
import { ClientTap } from '../../client/tap/client-tap.ts';
import { TurnClock } from '../../client/turn-clock.ts';
import { TapKind, type TapRegistry } from '../../protocol/index.ts';
import { median } from '../statistics.ts';
import type { Figure } from './figure.ts';
import { cpuNs } from './stopwatch.ts';

const CALLS = 10_000;
const LOOPS = 100;
const BATCHES = 25;

type Counters = ReadonlyMap<number, { value: number }>;

/** A small hot function with an emit in it, and a client that has no tap. */
export const tapOff = (): Figure => beside(null);

/** The same where the tap is on and no panel is attached: as it ships. */
export function tapOn(): Figure {
  const registry: TapRegistry = Object.assign([], { clock: { session: 'bench', seq: 1, entryId: 1 } });
  const options = { clientId: 'bench', name: 'bench', ringCapacity: RING_CAPACITY_DORMANT };
  return beside(
    new ClientTap(options, registry, new TurnClock(browserRuntime()), {
      describe: () => ({ backends: [] }),
      entries: () => [],
      act: () => false,
    }),
  );
}

/** Both in turn, since what one emit adds is less than what the machine's speed varies by between two moments. */
function beside(tap: ClientTap | null): Figure {
  const counters = new Map(Array.from({ length: 1_024 }, (_, i) => [i, { value: i }]));
  const baselines: number[] = [];
  const added: number[] = [];
  for (let batch = -1; batch < BATCHES; batch++) {
    const baseline = perCallNs(() => plain(counters));
    const tapped = perCallNs(() => withEmit(counters, tap));
    // The first one is the warm-up.
    if (batch < 0) continue;
    baselines.push(baseline);
    added.push(tapped - baseline);
  }
  const baseline = median(baselines);
  return { value: baseline + median(added), baseline };
}

let sink = 0;

function perCallNs(run: () => number): number {
  const start = cpuNs();
  for (let i = 0; i < LOOPS; i++) sink = (sink + run()) % 1e9;
  return (cpuNs() - start) / (LOOPS * CALLS);
}

function plain(counters: Counters): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) sum += counters.get(i & 1023)?.value ?? 0;
  return sum;
}

/** All in one turn, so that the clock is read once: what is measured is the record alone. */
function withEmit(counters: Counters, tap: ClientTap | null): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) {
    const counter = counters.get(i & 1023);
    sum += counter?.value ?? 0;
    if (tap !== null) tap.emit(TapKind.cacheHit, 0, '', counter, i, null);
  }
  return sum;
}
