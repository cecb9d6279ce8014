import { TapKind } from '../../../protocol/index.js';
import { MAX_CIRCUITS } from './limits.js';
import type { TapRecord } from './record.js';

/** A circuit breaker that is not closed. */
export interface Circuit {
  /** Of its last change. */
  readonly seq: number;
  /** `main`, or `main users@1.0.0` where each service has one. */
  readonly name: string;
  /** `open` or `half-open`. */
  readonly state: string;
}

/** Which circuit breakers let no calls through, as the records tell it. */
export class Circuits {
  readonly #byName = new Map<string, Circuit>();

  get open(): readonly Circuit[] {
    return [...this.#byName.values()];
  }

  add({ kind, seq, label }: TapRecord): void {
    if (kind !== TapKind.breakerState) return;
    const { name, state } = circuitOf(label);
    this.#byName.delete(name);
    if (state === 'closed') return;
    this.#byName.set(name, { seq, name, state });
    const [oldest] = this.#byName.keys();
    if (oldest !== undefined && this.#byName.size > MAX_CIRCUITS) this.#byName.delete(oldest);
  }

  clear(): void {
    this.#byName.clear();
  }
}

/** The parts of a breaker's label, which the agent joined by NUL (`record-row.ts`). */
export function circuitOf(label: string): { readonly name: string; readonly state: string } {
  const [backend = '', state = '', service = ''] = label.split('\u0000');
  return { name: service === '' ? backend : `${backend} ${service}`, state };
}
