import { type Signal, signal } from '@preact/signals-core';
import type { TapEntry, TapReason } from '../../protocol/index.js';
import type { NetronError } from '../netron-error.js';
import type { EntryFetch } from './entry-fetch.js';
import type { AppliedLayer } from './layer.js';
import type { MethodNode } from './method-node.js';

declare const VALUE: unique symbol;

/** A handle on one entry of the cache: held by hooks and layers, it reads without hashing its arguments again. */
export interface EntryRef<V> {
  readonly id: number;
  readonly [VALUE]?: V;
}

const NO_LAYERS: readonly AppliedLayer[] = [];
const NO_TAGS: readonly string[] = [];

/**
 * What the cache knows of one method with one set of arguments: `view = layers folded over base` (DESIGN D5). The fields
 * are plain and always there, so that every entry has the same shape; only the {@link Cache} changes them.
 */
export class Entry implements TapEntry, EntryRef<unknown> {
  hasBase = false;
  /** What the server said last. */
  base: unknown;
  layers: readonly AppliedLayer[] = NO_LAYERS;
  /** What readers see. */
  view: unknown;
  tags: readonly string[] = NO_TAGS;
  updatedAtMs = 0;
  maxAgeMs: number;
  invalidated = false;
  /** Counts invalidations: a fetch that began at an earlier one is stale when it lands. */
  epoch = 0;
  fetch: EntryFetch | null = null;
  /** When the request began whose answer landed last, in ticks of the cache. */
  landedStartedAt = 0;
  error: NetronError | null = null;
  observers = 0;
  sizeBytes = 0;
  /** Validator of the base, as the server gave it; undefined when the base is no longer what it sent. */
  etag: string | undefined;
  /** A caller said how long this stays fresh; otherwise the server may. */
  hasPolicy = false;
  hits = 0;
  writes = 0;
  lastReason: TapReason = '';
  /** Taken out of the cache to make room. A handle that is used again brings it back. */
  evicted = false;
  #version: Signal<number> | null = null;

  constructor(
    readonly id: number,
    readonly node: MethodNode,
    readonly key: string,
    readonly args: readonly unknown[],
    maxAgeMs: number,
  ) {
    this.maxAgeMs = maxAgeMs;
  }

  get backend(): string {
    return this.node.backend;
  }

  get service(): string {
    return this.node.service;
  }

  get method(): string {
    return this.node.method;
  }

  get fetching(): boolean {
    return this.fetch !== null;
  }

  isFresh(nowMs: number): boolean {
    return this.hasBase && !this.invalidated && nowMs - this.updatedAtMs < this.maxAgeMs;
  }

  /** Subscribes the running effect or computed to every change of this entry. */
  track(): void {
    this.#version ??= signal(0);
    this.#version.value;
  }

  /** Tells whoever tracks it. An entry nobody ever tracked has no signal to pay for. */
  changed(): void {
    if (this.#version !== null) this.#version.value = this.#version.peek() + 1;
  }

  /** Folds the layers over the base; the parts that no layer touched keep their identity. */
  fold(): void {
    let view = this.base;
    if (this.hasBase) for (const applied of this.layers) view = applied.apply(view);
    this.view = view;
  }
}
