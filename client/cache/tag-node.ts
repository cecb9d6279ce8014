import type { Entry } from './entry.js';

/** One tag. An invalidation writes down its moment here and visits only the entries that somebody observes. */
export class TagNode {
  /** Tick of the last invalidation: an entry whose base is older than that is stale. */
  staleFrom = 0;
  readonly observed = new Set<Entry>();
  /** Entries that carry the tag. */
  size = 0;
  /** A default names it: it is not forgotten when no entry carries it. */
  isKept = false;

  constructor(readonly name: string) {}
}
