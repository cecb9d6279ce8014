import type { TapEntry, TapReason } from '../../protocol/index.js';
import type { NetronError } from '../netron-error.js';
import type { QueryOptions } from '../query-options.js';
import type { CachePolicy } from './cache-policy.js';
import { type EntryFetch, NO_FETCH } from './entry-fetch.js';
import type { EntryKey } from './entry-index.js';
import { EntrySignal } from './entry-signal.js';
import type { AppliedLayer } from './layer.js';
import type { MethodNode } from './method-node.js';

declare const VALUE: unique symbol;

/** A handle on one entry of the cache: held by hooks and layers, it reads without hashing its arguments again. */
export interface EntryRef<V> {
  readonly id: number;
  readonly [VALUE]?: V;
}

/** Of the response behind the base; an entry that was written by the app has none. */
export interface WireInfo {
  readonly sizeBytes: number;
  /** Validator of the base, as the server gave it; undefined when the base is no longer what it sent. */
  readonly etag: string | undefined;
  /** When the request began, in ticks of the cache. */
  readonly startedAt: number;
}

const NO_OPTIONS: QueryOptions = {};
export const NO_LAYERS: readonly AppliedLayer[] = [];

/**
 * What the cache knows of one method with one set of arguments: `view = layers folded over base` (DESIGN D5). The fields
 * are plain, few and always there, so that every entry has the same shape; only the cache changes them.
 */
export class Entry implements TapEntry, EntryRef<unknown> {
  /** What the server said last. */
  base: unknown = undefined;
  layers: readonly AppliedLayer[] = NO_LAYERS;
  /** Whole milliseconds: so it needs no number object of its own. */
  updatedAtMs = 0;
  /** The base holds what was true at this tick of the cache, at least; -1 while there is none. */
  validFrom = -1;
  /** Tick of its own last invalidation; its method and its tags have theirs. */
  staleFrom = 0;
  fetch: EntryFetch = NO_FETCH;
  error: NetronError | null = null;
  wire: WireInfo | null = null;
  /** How it was asked for: asking again by itself does likewise. */
  request: QueryOptions = NO_OPTIONS;
  observers = 0;
  hits = 0;
  writes = 0;
  lastReason: TapReason = '';
  /** Neighbours in the order of use. Null once it was evicted; a handle that is used again brings it back. */
  newer: Entry | null = null;
  older: Entry | null = null;
  /** Another one of its method whose arguments have the same hash. */
  next: Entry | null = null;
  #signal: EntrySignal | null = null;

  constructor(
    readonly id: number,
    readonly node: MethodNode,
    readonly key: EntryKey,
    readonly args: readonly unknown[],
    public policy: CachePolicy,
  ) {}

  get backend(): string {
    return this.node.backend;
  }

  get service(): string {
    return this.node.service;
  }

  get method(): string {
    return this.node.method;
  }

  get tags(): readonly string[] {
    return this.policy.tags.map(({ name }) => name);
  }

  get maxAgeMs(): number {
    return this.policy.maxAgeMs;
  }

  get sizeBytes(): number {
    return this.wire?.sizeBytes ?? 0;
  }

  get hasBase(): boolean {
    return this.validFrom >= 0;
  }

  /** A request in flight may bring what is newer than what is there. One that a newer one has overtaken does not. */
  get fetching(): boolean {
    return this.fetch !== NO_FETCH && this.isNews(this.fetch);
  }

  isNews({ startedAt }: EntryFetch): boolean {
    return this.wire === null || this.wire.startedAt < startedAt;
  }

  /** Not only watched: somebody who observes it has said how it is asked for. */
  get isAskedFor(): boolean {
    return this.request !== NO_OPTIONS;
  }

  get evicted(): boolean {
    return this.newer === null;
  }

  /** What readers see: the one place that they all read from. */
  get view(): unknown {
    const { layers } = this;
    return layers.length === 0 ? this.base : (layers[layers.length - 1] as AppliedLayer).after;
  }

  /** The same, for predicates. */
  get data(): unknown {
    return this.view;
  }

  /** Tick of the last invalidation that means this entry. */
  get staleTick(): number {
    let tick = Math.max(this.staleFrom, this.node.staleFrom);
    for (const tag of this.policy.tags) if (tag.staleFrom > tick) tick = tag.staleFrom;
    return tick;
  }

  get invalidated(): boolean {
    return this.validFrom >= 0 && this.staleTick > this.validFrom;
  }

  /** Whether it may be answered from: it is not older than its maximum age and `moreMs`, and was not invalidated. */
  isUsable(nowMs: number, moreMs: number): boolean {
    return this.validFrom >= 0 && nowMs - this.updatedAtMs < this.policy.maxAgeMs + moreMs && !this.invalidated;
  }

  /** An effect or a component reads it. */
  get tracked(): boolean {
    return this.#signal?.isTracked ?? false;
  }

  /** Subscribes the running effect or computed to every change of this entry. */
  track(): void {
    this.#signals().track();
  }

  /** See {@link EntrySignal.watch}. */
  watch(listener: (view: unknown) => void): () => boolean {
    return this.#signals().watch(listener);
  }

  /** Tells whoever tracks it. */
  changed(): void {
    this.#signal?.changed();
  }

  #signals(): EntrySignal {
    this.#signal ??= new EntrySignal(this);
    return this.#signal;
  }

  /** Folds the layers over the base; the parts that no layer touched keep their identity. */
  fold(): void {
    let view = this.base;
    for (const applied of this.layers) view = applied.apply(view, this.hasBase);
  }
}
