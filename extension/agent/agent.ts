import {
  AGENT_VERSION,
  type CommandReply,
  type DiffReply,
  type HelloMessage,
  RELEASED,
  type TapEntry,
  type ValueRef,
  type ValueReply,
} from '../../protocol/index.js';
import { diffValues } from './diff.js';
import { clientRow, Drainer, type DrainRequest } from './drain.js';
import { fault, now, stringify } from './intrinsics.js';
import { LEASE_MS, URL_CHARS } from './limits.js';
import { findEntry, findRow, pageTaps } from './page-taps.js';
import { clip, preview } from './preview.js';
import { redactText } from './redaction.js';
import { valueAt, valuePage } from './value-page.js';

const RELEASED_RECORD = 'Value released: the page keeps those of its newest records only.';
const FORGOTTEN_ENTRY = 'The entry is no longer cached, and its value is released with it.';

/**
 * The panel's hand in the page. Every method takes plain data, returns a JSON string, and never throws: in Firefox an
 * exception in here would stop the page in the debugger (BRIDGE §9).
 */
export class Agent {
  readonly #drainer = new Drainer();
  #lastDrainMs = 0;
  /** Page time since the last drain said so, its own writing included: what this tool costs, shown to the user. */
  #spentMs = 0;
  #lease: ReturnType<typeof setInterval> | undefined;

  constructor(readonly build: string) {}

  hello(): string {
    const broken = fault();
    return broken === '' ? answer(() => this.#greeting(), faultyHello) : faultyHello(broken);
  }

  drain(request: DrainRequest): string {
    return this.#timed(() => {
      this.#lastDrainMs = now();
      this.#lease ??= setInterval(() => this.#checkLease(), LEASE_MS / 3);
      const spentMs = this.#spentMs;
      this.#spentMs = 0;
      return this.#drainer.drain(request, spentMs);
    }, refusal);
  }

  value(ref: ValueRef, path: readonly number[], offset: number): string {
    return this.#timed(() => {
      const root = this.#resolve(ref);
      const found = root === undefined ? undefined : valueAt(root.value, path);
      const reply: ValueReply =
        found === undefined
          ? { v: AGENT_VERSION, gone: ref.of === 'entry' ? FORGOTTEN_ENTRY : RELEASED_RECORD }
          : { v: AGENT_VERSION, node: valuePage(found.value, offset), offset };
      return stringify(reply);
    }, gone);
  }

  /** What a state-changing record changed. */
  diff(seq: number): string {
    return this.#timed(() => {
      const row = findRow(pageTaps().taps, seq);
      const reply: DiffReply =
        row === undefined || row[6] === RELEASED || row[7] === RELEASED
          ? { v: AGENT_VERSION, gone: RELEASED_RECORD }
          : { v: AGENT_VERSION, ...diffValues(row[6], row[7]) };
      return stringify(reply);
    }, gone);
  }

  /** What one layer of an entry changed, over what lies below it. */
  layerDiff(entryId: number, index: number): string {
    return this.#timed(() => {
      const entry = findEntry(pageTaps().taps, entryId);
      const layer = entry?.layers[index];
      if (entry === undefined || layer === undefined)
        return gone('The layer is gone: it was confirmed or rolled back.');
      const below = index === 0 ? entry.base : entry.layers[index - 1]?.after;
      return stringify({ v: AGENT_VERSION, ...diffValues(below, layer.after) } satisfies DiffReply);
    }, gone);
  }

  command(command: { readonly type: string; readonly entryId: number }): string {
    return this.#timed(() => {
      let error = 'no client on this page';
      for (const tap of pageTaps().taps) {
        const result = tap.command(command) as { ok?: boolean; error?: string };
        if (result.ok === true) return stringify({ v: AGENT_VERSION, ok: true } satisfies CommandReply);
        error = result.error ?? error;
      }
      return refusal(error);
    }, refusal);
  }

  #timed<T>(read: () => T, instead: (why: string) => T): T {
    const startedMs = now();
    const reply = answer(read, instead);
    this.#spentMs += now() - startedMs;
    return reply;
  }

  #greeting(): string {
    const { taps, session } = pageTaps();
    const message: HelloMessage = {
      v: AGENT_VERSION,
      session,
      fault: '',
      clients: taps.map(clientRow),
      nowMs: now(),
      timeOriginMs: performance.timeOrigin,
      url: redactText(location.href, URL_CHARS).slice(0, URL_CHARS),
    };
    return stringify(message);
  }

  #resolve(ref: ValueRef): { readonly value: unknown } | undefined {
    const { taps } = pageTaps();
    if (ref.of === 'record') {
      const row = findRow(taps, ref.seq);
      if (row === undefined) return undefined;
      if (ref.slot === 'args') return { value: (row[5] as { args?: unknown } | null)?.args };
      const value = ref.slot === 'a' ? row[6] : row[7];
      return value === RELEASED ? undefined : { value };
    }
    const entry = findEntry(taps, ref.id);
    return entry === undefined ? undefined : { value: entryValue(entry, ref) };
  }

  /** The panel is gone, or another build's agent takes over: the rings go back to their small size. */
  retire(): void {
    clearInterval(this.#lease);
    this.#lease = undefined;
    answer(() => this.#drainer.detach(), refusal);
  }

  #checkLease(): void {
    if (now() - this.#lastDrainMs >= LEASE_MS) this.retire();
  }
}

/** Nothing gets out of the agent but an answer: taps are the page's objects, and may be anything. */
function answer<T, U>(read: () => T, instead: (why: string) => U): T | U {
  try {
    return read();
  } catch (error) {
    return instead(`the page's client cannot be read: ${preview(error)}`);
  }
}

function gone(why: string): string {
  return stringify({ v: AGENT_VERSION, gone: clip(why, 200) } satisfies ValueReply & DiffReply);
}

function refusal(error: string): string {
  return stringify({ v: AGENT_VERSION, error: clip(String(error), 200) } satisfies CommandReply);
}

/** Put together by hand, since `JSON` may be what is broken. None of the reasons contains a quote or a backslash. */
function faultyHello(why: string): string {
  const safe = why.slice(0, 200).replace(/["\\\p{C}]/gu, ' ');
  return `{"v":${AGENT_VERSION},"session":"","fault":"${safe}","clients":[],"nowMs":0,"timeOriginMs":0,"url":""}`;
}

function entryValue(entry: TapEntry, ref: Extract<ValueRef, { of: 'entry' }>): unknown {
  if (ref.slot === 'layer') return entry.layers[ref.layer]?.after;
  return entry[ref.slot];
}
