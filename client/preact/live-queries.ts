import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { Entry } from '../cache/entry.js';
import type { NetronClient } from '../netron-client.js';
import type { ServiceId } from '../service.js';
import { LiveQuery } from './live-query.js';
import { useNetronClient } from './netron-provider.js';
import type { UseQueryOptions } from './query-hook-options.js';

export type AnyService = ServiceId<object> | string;

export type AnyQuery = readonly [
  service: AnyService,
  method: string,
  args: readonly unknown[],
  options?: UseQueryOptions | undefined,
];

const NO_OPTIONS: UseQueryOptions = {};

/** The queries of one hook, kept from render to render by what they ask for. */
class LiveQueries implements Committed {
  readonly #client: NetronClient;
  #shown: readonly LiveQuery[] = [];
  /** Not shown any more, and still running. */
  #gone: LiveQuery[] = [];

  constructor(client: NetronClient) {
    this.#client = client;
  }

  /** Returns the same list while nothing in it is another query. */
  render(queries: readonly AnyQuery[]): readonly LiveQuery[] {
    const client = this.#client;
    const { cache, node } = client.parts;
    const before = this.#shown;
    const free = [...before];
    const wanted = queries.map(([service, method, args, given = NO_OPTIONS]) => {
      const { dedupe } = given;
      // The entry that `client.query` would read with these options.
      const entry =
        typeof dedupe === 'string'
          ? cache.store.entry(node(service, method), args, `=${dedupe}`)
          : (client.entry(service as string, method, args) as Entry);
      const options = entry.node.optionsFor('query', given);
      const at = free.findIndex((live) => live.fits(entry, options));
      const [live] = at < 0 ? [] : free.splice(at, 1);
      if (live) live.options = options;
      return (): LiveQuery => live ?? this.#after(free.shift(), entry, options);
    });
    this.#gone.push(...free);
    // Only now is it known which of those before are left to be followed.
    const shown = wanted.map((find) => find());
    if (shown.length !== before.length || shown.some((live, i) => live !== before[i])) this.#shown = shown;
    return this.#shown;
  }

  #after(previous: LiveQuery | undefined, entry: Entry, options: UseQueryOptions): LiveQuery {
    const reason = previous?.running ? 'args' : 'mount';
    return new LiveQuery(this.#client, entry, options, reason, previous?.rawFor(entry));
  }

  commit(): void {
    for (const live of this.#gone.splice(0)) live.stop();
    for (const live of this.#shown) live.sync();
  }

  stop(): void {
    for (const live of [...this.#gone.splice(0), ...this.#shown]) live.stop();
  }
}

/** `useQuery` is a list of one. Returns the same list while nothing in it is another query. */
export function useLiveQueries(queries: readonly AnyQuery[]): readonly LiveQuery[] {
  const client = useNetronClient();
  const all = useMemo(() => new LiveQueries(client), [client]);
  const shown = all.render(queries);
  // All of them ask before any is waited for.
  const waiting = shown.flatMap((live) => live.wait() ?? []);
  if (waiting.length > 0) throw Promise.all(waiting);
  useCommits(all);
  return shown;
}

/** What a hook does when a render is committed, and when its component goes. */
export interface Committed {
  /** @throws NetronError for a wrong option. */
  commit(): void;
  stop(): void;
}

export function useCommits(live: Committed): void {
  useLayoutEffect(() => live.commit());
  // Its cleanup as well: that of a later effect would be missing where a component goes before it has been painted.
  useLayoutEffect(() => () => live.stop(), [live]);
}
