import { NetronError } from '../netron-error.js';
import { assertArgument } from './assert-argument.js';
import { EVENT_NAMES_CACHED } from './event-limits.js';
import { matchesPattern } from './event-pattern.js';

/** One handler on one name or pattern. */
export interface Subscription {
  readonly handler: (...args: readonly unknown[]) => unknown;
  readonly priority: number;
  readonly isOnce: boolean;
  /** How many were made before it. */
  readonly order: number;
  readonly stop: () => void;
  /** One that is for once has been called; it may still be in the lists of emits under way. */
  isSpent: boolean;
}

/** Who listens to what, and the list of those whom an event reaches. */
export class Subscriptions {
  readonly #maxListeners: number;
  readonly #groups = new Map<string, Set<Subscription>>();
  /** The text between the stars, of those groups that have any. */
  readonly #patterns = new Map<string, readonly string[]>();
  /** Never changed once made: an emit under way walks the list that it began with. */
  readonly #lists = new Map<string, readonly Subscription[]>();
  #made = 0;
  #size = 0;
  #evicted = 0;

  constructor(maxListeners: number) {
    this.#maxListeners = maxListeners;
  }

  stats() {
    const { size: patterns } = this.#patterns;
    return { listeners: this.#size, patterns, cachedNames: this.#lists.size, evictedNames: this.#evicted };
  }

  add(
    pattern: string,
    handler: Subscription['handler'],
    priority: number,
    isOnce: boolean,
    signal: AbortSignal | undefined,
  ): () => void {
    const maxListeners = this.#maxListeners;
    if (this.#size >= maxListeners) {
      throw new NetronError(
        'overflow',
        `${JSON.stringify(pattern)} is one handler more than maxListeners, ${maxListeners}: are they never removed?`,
        { details: { event: pattern, maxListeners } },
      );
    }
    const stop = (): void => {
      // A signal may outlive the bus, and would hold all of it.
      signal?.removeEventListener('abort', stop);
      this.#remove(pattern, subscription);
    };
    const subscription = { handler, priority, isOnce, order: this.#made++, stop, isSpent: false };
    signal?.addEventListener('abort', stop);
    if (!this.#groups.has(pattern)) {
      this.#groups.set(pattern, new Set());
      if (pattern.includes('*')) this.#patterns.set(pattern, pattern.split('*'));
    }
    this.#groups.get(pattern)?.add(subscription);
    this.#size++;
    this.#forget(pattern);
    return stop;
  }

  /** All of them, without a pattern. */
  stop(pattern?: string, handler?: unknown): void {
    if (pattern === undefined) for (const group of this.#groups.values()) for (const one of group) one.stop();
    else for (const one of this.#groups.get(pattern) ?? []) if (one.handler === handler) one.stop();
  }

  /** Those whom an event reaches, in the order in which they are called. */
  of(event: string): readonly Subscription[] {
    return this.#lists.get(event) ?? this.#listOf(event);
  }

  #listOf(event: string): readonly Subscription[] {
    const fits = typeof event === 'string' && event !== '' && !event.includes('*');
    assertArgument(fits, 'event', event, 'a name without *');
    const list = [...(this.#groups.get(event) ?? [])];
    for (const [pattern, parts] of this.#patterns) {
      if (matchesPattern(parts, event)) for (const one of this.#groups.get(pattern) ?? []) list.push(one);
    }
    // Two infinite priorities have no difference but NaN, which is false too.
    list.sort((a, b) => b.priority - a.priority || a.order - b.order);
    if (this.#lists.size >= EVENT_NAMES_CACHED) {
      this.#lists.delete(this.#lists.keys().next().value as string);
      this.#evicted++;
    }
    this.#lists.set(event, list);
    return list;
  }

  #remove(pattern: string, subscription: Subscription): void {
    const group = this.#groups.get(pattern);
    if (!group?.delete(subscription)) return;
    this.#size--;
    this.#forget(pattern);
    if (group.size > 0) return;
    this.#groups.delete(pattern);
    this.#patterns.delete(pattern);
  }

  #forget(pattern: string): void {
    if (this.#patterns.has(pattern)) this.#lists.clear();
    else this.#lists.delete(pattern);
  }
}
