import type {
  Tap,
  TapBackend,
  TapClock,
  TapDescription,
  TapEntry,
  TapReason,
  TapRegistry,
  TapRow,
} from '../../protocol/index.js';
import { RING_CAPACITY_MAX } from '../limits.js';
import type { Runtime } from '../runtime.js';
import { TapRing } from './tap-ring.js';

/** What the client lets a panel do; the rest of {@link Tap} is the ring. */
export interface TapControl {
  readonly backends: readonly TapBackend[];
  entries(): readonly TapEntry[];
  /** False when there is no such entry. */
  act(what: 'invalidate' | 'refetch', entryId: unknown): boolean;
}

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
export class ClientTap implements Tap {
  readonly v = 1;
  readonly clientId: string;
  readonly #name: string;
  readonly #dormantCapacity: number;
  readonly #registry: TapRegistry;
  readonly #clock: TapClock;
  readonly #runtime: Runtime;
  readonly #control: TapControl;
  #ring: TapRing;
  #nowUs = 0;
  #clockIsFresh = false;
  readonly #expireClock = (): void => {
    this.#clockIsFresh = false;
  };

  constructor(options: TapOptions, registry: TapRegistry, runtime: Runtime, control: TapControl) {
    this.clientId = options.clientId;
    this.#name = options.name;
    this.#dormantCapacity = Math.min(options.ringCapacity, RING_CAPACITY_MAX);
    this.#ring = new TapRing(this.#dormantCapacity);
    this.#registry = registry;
    this.#clock = registry.clock;
    this.#runtime = runtime;
    this.#control = control;
    registry.push(this);
  }

  /** Returns the record's seq, to be named as the cause of what follows from it. */
  emit(kind: number, cause: number, reason: TapReason, ref: unknown, a: unknown, b: unknown): number {
    const seq = this.#clock.seq++;
    if (!this.#clockIsFresh) this.readClock();
    this.#ring.write(seq, kind, this.#nowUs, cause, reason, ref, a, b);
    return seq;
  }

  /** Called at network edges, where the exact time is worth reading the clock. */
  readClock(): void {
    this.#nowUs = Math.round(this.#runtime.now() * 1_000);
    if (this.#clockIsFresh) return;
    this.#clockIsFresh = true;
    queueMicrotask(this.#expireClock);
  }

  takeEntryId(): number {
    return this.#clock.entryId++;
  }

  attach(capacity: number): void {
    const wanted = Math.min(Math.max(Math.floor(capacity), this.#dormantCapacity), RING_CAPACITY_MAX);
    if (wanted > this.#ring.capacity) this.#ring = this.#ring.resized(wanted);
  }

  detach(): void {
    if (this.#ring.capacity > this.#dormantCapacity) this.#ring = this.#ring.resized(this.#dormantCapacity);
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
    if (type === 'describe') return this.#describe();
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

  #describe(): TapDescription {
    return {
      name: this.#name,
      backends: this.#control.backends,
      ringCapacity: this.#ring.capacity,
      ringLength: this.#ring.length,
    };
  }
}
