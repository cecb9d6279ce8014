import type { TapDescription, TapEntry } from '../../protocol/index.js';
import type { ClientParts } from '../client-parts.js';

/** What the client lets a panel see and do; the rest of a tap is the ring. */
export interface TapControl {
  entries(): readonly TapEntry[];
  describe(): Pick<TapDescription, 'backends'>;
  /** False when there is no such entry. */
  act(what: 'invalidate' | 'refetch', entryId: unknown): boolean;
}

export function controlOf(parts: ClientParts): TapControl {
  return {
    describe: () => ({ backends: [...parts.backends.values()].map(({ config: { name, url } }) => ({ name, url })) }),
    entries: () => [...parts.cache.store.recency],
    act: (what, id) => {
      const { cache, queries } = parts;
      const entry = [...cache.store.recency].find((candidate) => candidate.id === id);
      if (entry === undefined) return false;
      const origin = { cause: 0, reason: 'devtools' } as const;
      if (what === 'refetch') queries.refetch(entry, entry.request, origin).catch(() => undefined);
      else queries.outdate(entry, origin);
      return true;
    },
  };
}
