import { RING_CAPACITY_DORMANT } from '../client/limits.ts';
import { ClientTap } from '../client/tap/client-tap.ts';
import { TurnClock } from '../client/turn-clock.ts';
import type { TapRegistry } from '../protocol/index.ts';
import { TapKind } from '../protocol/index.ts';
import { nodeRuntime } from './node-runtime.ts';
import { race } from './race.ts';

/** Nanoseconds that one emit adds to the function it is in. */
export interface TapFigures {
  /** The function without any tap code. */
  readonly baselineNs: number;
  readonly addedNs: Readonly<Record<string, number>>;
}

const CALLS = 10_000;
/** As many as a panel asks for. */
const ATTACHED_CAPACITY = 65_536;

interface Counted {
  value: number;
}

/** The cost of a tap around a small hot function, as PERFORMANCE §5 measures it. */
export function benchTap(): TapFigures {
  const entries = new Map(Array.from({ length: 1_024 }, (_, i): [number, Counted] => [i, { value: i }]));
  const attached = newTap();
  attached.attach(ATTACHED_CAPACITY);
  const dormant = newTap();
  const { ns } = race('tap', {
    baseline: () => plain(entries),
    off: () => tapped(entries, null),
    dormant: () => tapped(entries, dormant),
    attached: () => tapped(entries, attached),
    'attached, clock read every 8th': () => tappedAtEdges(entries, attached),
  });
  const { baseline = Number.NaN, ...others } = ns;
  return {
    baselineNs: baseline / CALLS,
    addedNs: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, (value - baseline) / CALLS])),
  };
}

function newTap(): ClientTap {
  const registry: TapRegistry = Object.assign([], { clock: { session: 'bench', seq: 1, entryId: 1 } });
  const options = { clientId: 'bench', name: 'bench', ringCapacity: RING_CAPACITY_DORMANT };
  return new ClientTap(options, registry, new TurnClock(nodeRuntime), {
    describe: () => ({ backends: [] }),
    entries: () => [],
    act: () => false,
  });
}

function plain(entries: ReadonlyMap<number, Counted>): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) sum += entries.get(i & 1023)?.value ?? 0;
  return sum;
}

/** All in one turn, so that the clock is read once: what is measured is the record alone. */
function tapped(entries: ReadonlyMap<number, Counted>, tap: ClientTap | null): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) {
    const entry = entries.get(i & 1023);
    sum += entry?.value ?? 0;
    if (tap !== null) tap.emit(TapKind.cacheHit, 0, '', entry, i, null);
  }
  return sum;
}

/** As at the edges of the network, where the client does read the clock. */
function tappedAtEdges(entries: ReadonlyMap<number, Counted>, tap: ClientTap): number {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) {
    const entry = entries.get(i & 1023);
    sum += entry?.value ?? 0;
    if ((i & 7) === 0) tap.readClock();
    tap.emit(TapKind.cacheHit, 0, '', entry, i, null);
  }
  return sum;
}
