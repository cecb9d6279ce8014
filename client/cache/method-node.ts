import type { CallPlace } from '../call/call-error.js';
import type { MethodDefaults } from '../service-defaults.js';
import { type CacheOptions, type CachePolicy, NO_CACHE } from './cache-policy.js';
import type { Entry } from './entry.js';
import { EntryIndex } from './entry-index.js';
import type { EntryStore } from './entry-store.js';

/** All entries of one method. Names and defaults are resolved once, so that a read hashes its arguments alone. */
export class MethodNode {
  readonly backend: string;
  /** As it was asked for: `users@1.0.0`, or `users` where no version was given. */
  readonly service: string;
  readonly method: string;
  /** What holds where a call says nothing. */
  policy: CachePolicy = NO_CACHE;
  readonly entries = new EntryIndex();
  readonly observed = new Set<Entry>();
  /** Tick of the last invalidation of the whole method. */
  staleFrom = 0;
  /** Of the entry that was configured last. */
  lastPolicy: CachePolicy | null = null;
  /** `users.list`, the name that patterns match: it covers every version. */
  readonly pattern: string;
  /** `users@1.0.0.list`, which patterns match as well. */
  readonly fullName: string;
  /** What a reference says the method does. */
  kind: MethodDefaults['kind'] | undefined = undefined;
  /** What it says about caching, which is part of {@link policy}. */
  cache: number | CacheOptions | undefined = undefined;
  /** What it says besides; null for nothing. */
  #options: object | null = null;

  constructor(
    { backend, service, method }: CallPlace,
    /** Whose data it is. */
    readonly partition: string,
    readonly home: EntryStore,
  ) {
    this.backend = backend;
    this.service = service;
    this.method = method;
    const at = service.indexOf('@');
    this.pattern = `${at < 0 ? service : service.slice(0, at)}.${method}`;
    this.fullName = `${service}.${method}`;
  }

  define(kind: MethodDefaults['kind'], options: object): void {
    this.kind = kind;
    this.#options = Object.keys(options).length > 0 ? options : null;
  }

  /** What a call says, and what the method's reference says where the call says nothing. */
  optionsFor<O extends object>(kind: MethodDefaults['kind'], given: O): O {
    const options = this.#options as O | null;
    if (options === null || kind !== this.kind) return given;
    const merged = { ...options };
    for (const name in given) if (given[name] !== undefined) merged[name] = given[name];
    return merged;
  }
}
