import type { Tap, TapRegistry, TapRow } from '../../protocol/index.js';
import { TAP_REGISTRY_KEY } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TapKind).map(([name, kind]) => [kind, name]));

export interface LoggedRecord {
  readonly seq: number;
  readonly kind: string;
  readonly cause: number;
  readonly reason: string;
  readonly ref: unknown;
  readonly a: unknown;
  readonly b: unknown;
}

export function registry(): TapRegistry {
  return Reflect.get(globalThis, TAP_REGISTRY_KEY) as TapRegistry;
}

/** The tap of the client that was made last. */
export function newestTap(): Tap {
  const tap = registry().at(-1);
  if (tap === undefined) throw new Error('there is no client with a tap');
  return tap;
}

/** What one tap records from now on, with kinds and reasons by name. */
export class TapLog {
  readonly #tap: Tap;
  readonly #from: number;

  constructor(tap: Tap = newestTap()) {
    this.#tap = tap;
    this.#from = tap.read(Number.MAX_SAFE_INTEGER, 1).next;
  }

  get records(): LoggedRecord[] {
    return this.#tap.read(this.#from, Number.MAX_SAFE_INTEGER).rows.map(toRecord);
  }

  kinds(): string[] {
    return this.records.map(({ kind }) => kind);
  }

  all(kind: keyof typeof TapKind): LoggedRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  /** The one record of this kind. */
  one(kind: keyof typeof TapKind): LoggedRecord {
    const [found, ...others] = this.all(kind);
    if (found === undefined || others.length > 0) {
      throw new Error(`expected one ${kind} among ${this.kinds().join(', ')}`);
    }
    return found;
  }

  /** From a record back to what began it: `['cacheWrite', 'callEnd', 'callStart']`. */
  chain(record: LoggedRecord): string[] {
    const cause = this.records.find(({ seq }) => seq === record.cause);
    return [record.kind, ...(cause === undefined ? [] : this.chain(cause))];
  }
}

function toRecord([seq, kind, , cause, reason, ref, a, b]: TapRow): LoggedRecord {
  return { seq, kind: NAMES.get(kind) ?? String(kind), cause, reason, ref, a, b };
}
