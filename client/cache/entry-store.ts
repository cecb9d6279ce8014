import type { CacheHints } from '../../protocol/index.js';
import type { CallPlace } from '../call/call-error.js';
import { MAX_PASSED_OVER } from '../limits.js';
import { NetronError } from '../netron-error.js';
import { shown } from '../option-error.js';
import type { MethodDefaults, QueryDefaults } from '../service-defaults.js';
import { hashArgs } from './args-hash.js';
import { type CacheOptions, type CachePolicy, isSamePolicy, NO_CACHE, refinePolicy } from './cache-policy.js';
import { Entry, type EntryRef } from './entry.js';
import { NO_FETCH } from './entry-fetch.js';
import type { EntryKey } from './entry-index.js';
import { MethodNode } from './method-node.js';
import { Recency } from './recency.js';
import type { SelectorIndex } from './selector.js';
import { TagNode } from './tag-node.js';

export interface StoreLimits {
  /** Entries kept before the least recently used, unobserved one goes. */
  readonly maxEntries: number;
  /** Bytes of the responses behind them, likewise. */
  readonly maxSizeBytes: number;
}

/** Where the entries are, by method, by tag and by use. What their readers see is changed by the cache alone. */
export class EntryStore implements SelectorIndex {
  readonly #limits: StoreLimits;
  readonly #takeId: () => number;
  readonly #admitted: () => void;
  readonly #evict: (entry: Entry) => void;
  readonly #nodes = new Map<string, MethodNode>();
  /** By each name that an exact pattern may give. */
  readonly #named = new Map<string, MethodNode[]>();
  readonly #tags = new Map<string, TagNode>();
  readonly recency: Recency;
  /** Of the entries that are in {@link recency}. */
  sizeBytes = 0;
  /** Whose data is asked for and found. */
  partition = '';
  /** Tick of the last invalidation by a tag that no entry carried then: what turns out to carry it is stale all the same. */
  missedFrom = 0;

  constructor(limits: StoreLimits, takeId: () => number, admitted: () => void, evict: (entry: Entry) => void) {
    this.#limits = limits;
    this.#takeId = takeId;
    this.#admitted = admitted;
    this.#evict = evict;
    const nowhere = new MethodNode({ backend: '', service: '', method: '' }, '', this);
    this.recency = new Recency(new Entry(0, nowhere, 0, [], NO_CACHE));
  }

  get nodes(): Iterable<MethodNode> {
    return this.#nodes.values();
  }

  named(name: string): readonly MethodNode[] {
    return this.#named.get(name) ?? [];
  }

  tag(name: string): TagNode | undefined {
    return this.#tags.get(name);
  }

  readonly #tagOf = (name: string): TagNode => {
    let tag = this.#tags.get(name);
    if (tag === undefined) {
      tag = new TagNode(name);
      tag.staleFrom = this.missedFrom;
      this.#tags.set(name, tag);
    }
    return tag;
  };

  /** In the current partition; made if missing. */
  node(place: CallPlace, defaults: number | CacheOptions | undefined): MethodNode {
    const { partition } = this;
    const name = JSON.stringify([place.backend, place.service, place.method, partition]);
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = new MethodNode(place, partition, this);
      this.setDefault(node, defaults);
      this.#nodes.set(name, node);
      for (const each of new Set([node.pattern, node.fullName])) {
        this.#named.set(each, [...this.named(each), node]);
      }
    }
    return node;
  }

  /** What holds for entries of the method where no call has said anything. */
  setDefault(node: MethodNode, defaults: number | CacheOptions | undefined, own = node.cache): void {
    const { policy: before } = node;
    const common = refinePolicy(NO_CACHE, defaults, this.#tagOf, node);
    node.policy = refinePolicy({ ...common, isExplicit: false }, own, this.#tagOf, node);
    node.cache = own;
    for (const tag of node.policy.tags) tag.isKept = true;
    node.entries.each((entry) => {
      if (isSamePolicy(entry.policy, before)) this.#adopt(entry, node.policy);
    });
  }

  /**
   * What one reference says about the method holds for it by whichever it is called, since they share its entries.
   *
   * @throws NetronError `invalid-argument` that names the option; then nothing of it holds.
   */
  define(node: MethodNode, { kind, options }: MethodDefaults, defaults: number | CacheOptions | undefined): void {
    const { cache, ...others } = options as QueryDefaults;
    this.setDefault(node, defaults, cache);
    node.define(kind, others);
    node.entries.each((entry) => this.refine(entry, cache));
  }

  /** The entry of these arguments; made if missing. `key` stands for the arguments where the app says so. */
  entry(node: MethodNode, args: readonly unknown[], key?: EntryKey): Entry {
    const entry = this.find(node, args, key);
    this.use(entry);
    return entry;
  }

  /** The same, for whoever may find something wrong yet: it is not in the cache before it is used. */
  find(node: MethodNode, args: readonly unknown[], key: EntryKey = hashArgs(args, node)): Entry {
    return node.entries.find(key, args) ?? new Entry(this.#takeId(), node, key, args, node.policy);
  }

  /** Marks an entry as used now, and brings back one that was evicted while somebody still held it. */
  use(entry: Entry): void {
    this.touch(entry);
    if (this.#isOver) this.#makeRoom(entry);
  }

  /** The same. Room is made with the next {@link use}. */
  touch(entry: Entry): void {
    if (entry.newer === null) this.#admit(entry);
    this.recency.use(entry);
  }

  #admit(entry: Entry): void {
    entry.node.entries.add(entry);
    this.#tagWith(entry, entry.policy);
    this.sizeBytes += entry.sizeBytes;
    this.#admitted();
  }

  /** Of an entry that is not evicted, before it says so itself. Room is made with the next {@link use}. */
  setSize(entry: Entry, sizeBytes: number): void {
    this.sizeBytes += sizeBytes - entry.sizeBytes;
  }

  /**
   * The entry that a handle means: of one that was evicted, the one that has taken its place, if any.
   *
   * @throws NetronError `invalid-argument` for what is no handle of this client's.
   */
  live(handle: EntryRef<unknown>, name = 'the entry'): Entry {
    const entry = handle as Entry;
    if (entry?.node?.home !== this) {
      throw new NetronError('invalid-argument', `${name} is ${shown(handle)}, expected one that this client gave`);
    }
    return entry.newer === null ? (entry.node.entries.find(entry.key, entry.args) ?? entry) : entry;
  }

  /** @throws NetronError `invalid-argument` that names the option. */
  refine(entry: Entry, option: number | CacheOptions | undefined): void {
    const { policy } = entry;
    if (option === undefined || (option === policy.maxAgeMs && policy.isExplicit)) return;
    this.#adopt(entry, refinePolicy(entry.policy, option, this.#tagOf, entry));
  }

  /** The server would have it so, which counts where the app has said nothing. */
  hint(entry: Entry, hints: CacheHints | undefined): void {
    if (hints === undefined) return;
    const { isExplicit, isTagged } = entry.policy;
    const option = { maxAge: isExplicit ? undefined : hints.maxAgeMs, tags: isTagged ? undefined : hints.tags };
    this.#adopt(entry, { ...refinePolicy(entry.policy, option, this.#tagOf, entry), isExplicit, isTagged });
  }

  #adopt(entry: Entry, wanted: CachePolicy): void {
    const { node, policy: before } = entry;
    if (isSamePolicy(wanted, before)) return;
    // The next entry of this method is likely to be asked for in the same way, and shares the policy then.
    const policy = node.lastPolicy !== null && isSamePolicy(node.lastPolicy, wanted) ? node.lastPolicy : wanted;
    if (entry.evicted) {
      // Its tags are counted when it comes back.
      entry.policy = node.lastPolicy = policy;
      return;
    }
    const { tags } = before;
    // Told by a tag that it does not carry any more, it is stale all the same.
    entry.staleFrom = entry.staleTick;
    this.#tagWith(entry, policy);
    this.#untag(entry, tags);
    if (entry.observers > 0) for (const tag of entry.policy.tags) tag.observed.add(entry);
    node.lastPolicy = entry.policy;
  }

  /** One observer more. The first one's coming counts as a use. */
  hold(entry: Entry): void {
    if (entry.observers++ > 0) return;
    this.use(entry);
    entry.node.observed.add(entry);
    for (const tag of entry.policy.tags) tag.observed.add(entry);
  }

  /** One observer less. The last one's leaving counts as a use. */
  release(entry: Entry): void {
    if (--entry.observers > 0) return;
    entry.node.observed.delete(entry);
    for (const tag of entry.policy.tags) tag.observed.delete(entry);
    this.use(entry);
  }

  remove(entry: Entry): void {
    this.recency.remove(entry);
    entry.node.entries.remove(entry);
    this.#untag(entry, entry.policy.tags);
    this.sizeBytes -= entry.sizeBytes;
  }

  /** A tag that nobody carried for a while was forgotten, and is another one now. */
  #tagWith(entry: Entry, policy: CachePolicy): void {
    if (policy.tags.length === 0) {
      entry.policy = policy;
      return;
    }
    const isKnown = policy.tags.every((tag) => this.#tags.get(tag.name) === tag);
    entry.policy = isKnown ? policy : { ...policy, tags: policy.tags.map(({ name }) => this.#tagOf(name)) };
    for (const tag of entry.policy.tags) tag.size++;
  }

  #untag(entry: Entry, tags: readonly TagNode[]): void {
    for (const tag of tags) {
      tag.observed.delete(entry);
      if (--tag.size > 0 || tag.isKept) continue;
      this.#tags.delete(tag.name);
      // What is on its way may turn out to carry it.
      this.missedFrom = Math.max(this.missedFrom, tag.staleFrom);
    }
  }

  /** What is in use is used now, so that it is not looked at again and again. */
  #makeRoom(newest: Entry): void {
    const { recency } = this;
    for (let left = MAX_PASSED_OVER; left > 0 && this.#isOver; ) {
      const oldest = recency.oldest as Entry;
      // All others are in use.
      if (oldest === newest) return;
      if (!isInUse(oldest)) this.#evict(oldest);
      else {
        recency.use(oldest);
        left--;
      }
    }
  }

  get #isOver(): boolean {
    return this.recency.size > this.#limits.maxEntries || this.sizeBytes > this.#limits.maxSizeBytes;
  }
}

/** Somebody sees it, waits for it, or has written to it what the server has not confirmed. */
export function isInUse({ observers, tracked, fetch, layers }: Entry): boolean {
  return observers > 0 || tracked || fetch !== NO_FETCH || layers.length > 0;
}
