import {
  AGENT_VERSION,
  type CommandReply,
  type DiffReply,
  type HelloMessage,
  type TapEntry,
  type ValueRef,
  type ValueReply,
} from '../../protocol/index.js';
import { diffValues } from './diff.js';
import { clientRow, Drainer, type DrainRequest } from './drain.js';
import { fault, now, stringify } from './intrinsics.js';
import { LEASE_MS, TAIL_CHARS } from './limits.js';
import { findEntry, findRow, pageTaps } from './page-taps.js';
import { keepTail, takeTail } from './tail.js';
import { valueAt, valuePage } from './value-page.js';

const GONE = 'This value was released: its record has left the ring.';

/**
 * The panel's hand in the page. Every method takes plain data, returns a JSON string, and never throws: in Firefox an
 * exception in here would stop the page in the debugger (BRIDGE §9).
 */
export class Agent {
  readonly #drainer = new Drainer();
  readonly #tail = takeTail();
  #cursor = 0;
  #lastDrainMs = 0;
  #lease: ReturnType<typeof setInterval> | undefined;

  constructor(readonly build: string) {
    // Not `unload`: that would keep the page out of the back/forward cache.
    addEventListener('pagehide', () => this.#keepTail());
  }

  hello(): string {
    const { taps, session } = pageTaps();
    const message: HelloMessage = {
      v: AGENT_VERSION,
      session,
      fault: fault(),
      clients: taps.map(clientRow),
      nowMs: now(),
      timeOriginMs: performance.timeOrigin,
      url: location.href.slice(0, 2_000),
      tail: this.#tail,
    };
    return stringify(message);
  }

  drain(request: DrainRequest): string {
    this.#lastDrainMs = now();
    this.#lease ??= setInterval(() => this.#checkLease(), LEASE_MS / 3);
    this.#cursor = request.cursor;
    return this.#drainer.drain(request);
  }

  value(ref: ValueRef, path: readonly number[], offset: number): string {
    const root = this.#resolve(ref);
    const found = root === undefined ? undefined : valueAt(root.value, path);
    const reply: ValueReply =
      found === undefined
        ? { v: AGENT_VERSION, gone: GONE }
        : { v: AGENT_VERSION, node: valuePage(found.value, offset), offset };
    return stringify(reply);
  }

  /** What a state-changing record changed. */
  diff(seq: number): string {
    const row = findRow(pageTaps().taps, seq);
    const reply: DiffReply =
      row === undefined ? { v: AGENT_VERSION, gone: GONE } : { v: AGENT_VERSION, ...diffValues(row[6], row[7]) };
    return stringify(reply);
  }

  /** What one layer of an entry changed, over what lies below it. */
  layerDiff(entryId: number, index: number): string {
    const entry = findEntry(pageTaps().taps, entryId);
    const layer = entry?.layers[index];
    if (entry === undefined || layer === undefined)
      return stringify({ v: AGENT_VERSION, gone: GONE } satisfies DiffReply);
    const below = index === 0 ? entry.base : entry.layers[index - 1]?.after;
    return stringify({ v: AGENT_VERSION, ...diffValues(below, layer.after) } satisfies DiffReply);
  }

  command(command: { readonly type: string; readonly entryId: number }): string {
    let error = 'no client on this page';
    for (const tap of pageTaps().taps) {
      const result = tap.command(command) as { ok?: boolean; error?: string };
      if (result.ok === true) return stringify({ v: AGENT_VERSION, ok: true } satisfies CommandReply);
      error = result.error ?? error;
    }
    return stringify({ v: AGENT_VERSION, error } satisfies CommandReply);
  }

  #resolve(ref: ValueRef): { readonly value: unknown } | undefined {
    const { taps } = pageTaps();
    if (ref.of === 'record') {
      const row = findRow(taps, ref.seq);
      if (row === undefined) return undefined;
      if (ref.slot === 'args') return { value: (row[5] as { args?: unknown }).args };
      return { value: ref.slot === 'a' ? row[6] : row[7] };
    }
    const entry = findEntry(taps, ref.id);
    return entry === undefined ? undefined : { value: entryValue(entry, ref) };
  }

  #checkLease(): void {
    if (now() - this.#lastDrainMs < LEASE_MS) return;
    clearInterval(this.#lease);
    this.#lease = undefined;
    this.#drainer.detach();
  }

  #keepTail(): void {
    if (this.#lease === undefined) return;
    keepTail(this.#drainer.drain({ session: pageTaps().session, cursor: this.#cursor, capChars: TAIL_CHARS / 2 }));
  }
}

function entryValue(entry: TapEntry, ref: Extract<ValueRef, { of: 'entry' }>): unknown {
  if (ref.slot === 'layer') return entry.layers[ref.layer]?.after;
  return entry[ref.slot];
}
