import type { TapEntry } from '../../protocol/index.js';
import type { EntryRef } from '../cache/entry.js';
import type { NetronClient } from '../netron-client.js';
import { observe as observerOf, type QueryObserver } from '../query-observer.js';
import type { QueryOptions } from '../query-options.js';
import { newestTap } from './test-tap-log.js';

/** An observer of the entry, started as a hook starts it. */
export function observe<V>(client: NetronClient, ref: EntryRef<V>, options: QueryOptions = {}): QueryObserver<V> {
  const observer = observerOf(client, ref);
  observer.start(ref, options, 'mount');
  return observer;
}

/** What a panel sees of the entries of the newest client, least recently used first. */
export function entriesOf(tap = newestTap()): readonly TapEntry[] {
  return tap.command({ type: 'entries' }) as readonly TapEntry[];
}
