import type { TapRow } from '../../protocol/index.js';
import { CallOutcome, RELEASED } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';

/**
 * The last `capacity` records, one array per field, written in place:
 *
 * ```
 *   written = 11, capacity = 8        slot = n % 8
 *
 *   slot   0    1    2    3    4    5    6    7
 *   n      8    9    10   3    4    5    6    7
 *                         ^ oldest: n = written - capacity
 * ```
 *
 * Records below the oldest were overwritten and are counted. Values are kept by reference; those of the newest records
 * only, so that a list of a megabyte that changes often is not kept a thousand times.
 */
export class TapRing {
  readonly #capacity: number;
  readonly #seqs: Float64Array;
  readonly #kinds: Uint8Array;
  readonly #times: Float64Array;
  readonly #causes: Float64Array;
  readonly #reasons: string[];
  readonly #refs: unknown[];
  readonly #as: unknown[];
  readonly #bs: unknown[];
  readonly #valuesKept: number;
  #written: number;
  #oldest: number;

  /** @param lost records before its first one. */
  constructor(capacity: number, valuesKept: number, lost = 0) {
    this.#written = lost;
    this.#oldest = lost;
    this.#capacity = capacity;
    this.#valuesKept = valuesKept;
    this.#seqs = new Float64Array(capacity);
    this.#kinds = new Uint8Array(capacity);
    this.#times = new Float64Array(capacity);
    this.#causes = new Float64Array(capacity);
    this.#reasons = new Array<string>(capacity).fill('');
    this.#refs = new Array<unknown>(capacity).fill(null);
    this.#as = new Array<unknown>(capacity).fill(null);
    this.#bs = new Array<unknown>(capacity).fill(null);
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Records held now. */
  get length(): number {
    return this.#written - this.#oldest;
  }

  /** Records overwritten since the start. */
  get lost(): number {
    return this.#oldest;
  }

  write(seq: number, kind: number, tUs: number, cause: number, reason: string, ref: unknown, a: unknown, b: unknown) {
    const slot = this.#written % this.#capacity;
    this.#seqs[slot] = seq;
    this.#kinds[slot] = kind;
    this.#times[slot] = tUs;
    this.#causes[slot] = cause;
    this.#reasons[slot] = reason;
    this.#refs[slot] = ref;
    this.#as[slot] = a;
    this.#bs[slot] = b;
    this.#written++;
    if (this.#written - this.#oldest > this.#capacity) this.#oldest++;
    const released = this.#written - 1 - this.#valuesKept;
    if (released >= this.#oldest) this.#release(released % this.#capacity);
  }

  /** By kind, since looking at the values themselves would cost more than the rest of a record. */
  #release(slot: number): void {
    const kind = this.#kinds[slot] as number;
    const isRebase = kind === TapKind.optimisticRebase;
    const isChange = kind === TapKind.cacheEvict || kind === TapKind.cacheGc;
    const isWrite =
      kind === TapKind.cacheWrite || isChange || (kind >= TapKind.optimisticApply && kind < TapKind.optimisticRebase);
    // What a failed call ended with is small, and what a panel wants to know of it.
    const isAnswer = kind === TapKind.callEnd && this.#bs[slot] === CallOutcome.ok;
    if (isWrite || isAnswer || kind === TapKind.streamChunk) this.#as[slot] = RELEASED;
    if (isWrite || isRebase) this.#bs[slot] = RELEASED;
  }

  /** Rows with `seq >= from`, oldest first. */
  read(from: number, max: number): TapRow[] {
    const rows: TapRow[] = [];
    for (let n = this.#firstFrom(from); n < this.#written && rows.length < max; n++) rows.push(this.#row(n));
    return rows;
  }

  /** The same records, as many of the newest as fit, in a ring of another size. */
  resized(capacity: number, valuesKept: number): TapRing {
    const first = Math.max(this.#oldest, this.#written - capacity);
    const ring = new TapRing(capacity, valuesKept, first);
    for (let n = first; n < this.#written; n++) ring.write(...this.#row(n));
    return ring;
  }

  /** Seqs rise with n, so the first one at or after `from` is found by halving. */
  #firstFrom(from: number): number {
    let low = this.#oldest;
    let high = this.#written;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle % this.#capacity] as number) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #row(n: number): TapRow {
    const slot = n % this.#capacity;
    return [
      this.#seqs[slot] as number,
      this.#kinds[slot] as number,
      this.#times[slot] as number,
      this.#causes[slot] as number,
      this.#reasons[slot] as string,
      this.#refs[slot],
      this.#as[slot],
      this.#bs[slot],
    ];
  }
}
