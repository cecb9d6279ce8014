import type { Tap, TapClock, TapReason, TapRegistry, TapRow } from '../../protocol/index.js';
import { RING_CAPACITY_MAX, VALUES_KEPT_ATTACHED, VALUES_KEPT_DORMANT } from '../limits.js';
import type { TurnClock } from '../turn-clock.js';
import type { TapControl } from './tap-control.js';
import type { TapRecorder } from './tap-recorder.js';
import { TapRing } from './tap-ring.js';

export interface TapOptions {
  readonly clientId: string;
  readonly name: string;
  /** Records kept while nobody is attached. */
  readonly ringCapacity: number;
}

/**
 * One client's record of what it did. {@link emit} is on the hot path: positional arguments into preallocated arrays,
 * no allocation, and a clock that is read once per turn.
 */
export class ClientTap implements Tap, TapRecorder {
  readonly v = 1;
  readonly clientId: string;
  readonly #name: string;
  readonly #dormantCapacity: number;
  readonly #registry: TapRegistry;
  readonly #clock: TapClock;
  readonly #turn: TurnClock;
  readonly #control: TapControl;
  #ring: TapRing;

  /**
   * @param early what was recorded before the tap was there.
   * @param lost how many records before these were not kept.
   */
  constructor(
    options: TapOptions,
    registry: TapRegistry,
    turn: TurnClock,
    control: TapControl,
    early: readonly TapRow[] = [],
    lost = 0,
  ) {
    this.clientId = options.clientId;
    this.#name = options.name;
    this.#dormantCapacity = Math.min(options.ringCapacity, RING_CAPACITY_MAX);
    this.#ring = new TapRing(this.#dormantCapacity, VALUES_KEPT_DORMANT, lost);
    this.#registry = registry;
    this.#clock = registry.clock;
    this.#turn = turn;
    this.#control = control;
    for (const row of early) this.#ring.write(...row);
    registry.push(this);
  }

  emit(kind: number, cause: number, reason: TapReason, ref: unknown, a: unknown, b: unknown): number {
    const seq = this.#clock.seq++;
    this.#ring.write(seq, kind, this.#turn.nowUs(), cause, reason, ref, a, b);
    return seq;
  }

  readClock(): void {
    this.#turn.read();
  }

  takeEntryId(): number {
    return this.#clock.entryId++;
  }

  attach(capacity: number): void {
    const wanted = Math.min(Math.max(Math.floor(capacity), this.#dormantCapacity), RING_CAPACITY_MAX);
    if (wanted > this.#ring.capacity) this.#ring = this.#ring.resized(wanted, VALUES_KEPT_ATTACHED);
  }

  detach(): void {
    if (this.#ring.capacity > this.#dormantCapacity)
      this.#ring = this.#ring.resized(this.#dormantCapacity, VALUES_KEPT_DORMANT);
  }

  read(from: number, max: number): { readonly rows: readonly TapRow[]; readonly next: number; readonly lost: number } {
    const rows = this.#ring.read(from, max);
    const last = rows.at(-1);
    // A full page may have more behind it; a page of no rows has read nothing.
    const next = rows.length < max ? this.#clock.seq : last === undefined ? from : last[0] + 1;
    return { rows, next, lost: this.#ring.lost };
  }

  command(command: unknown): unknown {
    const { type, entryId } = Object(command) as { type?: unknown; entryId?: unknown };
    const { capacity: ringCapacity, length: ringLength } = this.#ring;
    if (type === 'describe') return { ...this.#control.describe(), name: this.#name, ringCapacity, ringLength };
    if (type === 'entries') return this.#control.entries();
    const known = type === 'invalidate' || type === 'refetch';
    if (!known) return { error: `unknown command ${typeof type === 'string' ? type : `of type ${typeof type}`}` };
    if (this.#control.act(type, entryId)) return { ok: true };
    return { error: `${type}: this client has no entry ${typeof entryId === 'number' ? entryId : typeof entryId}` };
  }

  /** Takes the tap off the page. */
  dispose(): void {
    const at = this.#registry.indexOf(this);
    if (at >= 0) this.#registry.splice(at, 1);
  }
}
