import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { NetronClient } from '../netron-client.js';
import { assertFields } from '../option-fields.js';
import type { AnyService } from '../service.js';
import { handled } from './hook-error.js';
import { LiveQuery } from './live-query.js';
import { useNetronClient } from './netron-provider.js';
import { HOOK_CHECKS, type UseQueryOptions } from './query-hook-options.js';

export type AnyQuery = readonly [
  service: AnyService,
  method: string,
  args: readonly unknown[],
  options?: UseQueryOptions | undefined,
];

const NO_OPTIONS: UseQueryOptions = {};
const NONE: readonly LiveQuery[] = [];

/** The queries of one hook, kept from render to render by what they ask for. */
export class LiveQueries {
  readonly #client: NetronClient;
  #shown = NONE;
  /** Those that watch: what is shown may not be committed yet. */
  #running = NONE;

  constructor(client: NetronClient) {
    this.#client = client;
  }

  /** Returns the same list while nothing in it is another query. @throws NetronError for a wrong argument or option. */
  render(queries: readonly AnyQuery[]): readonly LiveQuery[] {
    const client = this.#client;
    const { parts } = client;
    const before = this.#shown;
    const free = [...before];
    const wanted = queries.map(([service, method, args, given = NO_OPTIONS]) => {
      const node = parts.node(service, method);
      assertFields(given, '', HOOK_CHECKS, node);
      // The entry that `client.query` would read with these options.
      const entry = parts.entry(node, args, given.dedupe);
      const options = node.optionsFor('query', given);
      const at = free.findIndex((live) => live.entry === entry);
      const [live] = at < 0 ? [] : free.splice(at, 1);
      live?.use(options);
      // Only after the others is it known which of those before are left to be followed.
      return (): LiveQuery => {
        if (live) return live;
        const previous = free.shift();
        return new LiveQuery(client, entry, options, previous?.running ? 'args' : 'mount', previous?.rawFor(entry));
      };
    });
    const shown = wanted.map((find) => find());
    if (shown.length !== before.length || shown.some((live, i) => live !== before[i])) this.#shown = shown;
    return this.#shown;
  }

  /** Has these watch and no others, after every render that was committed. @throws NetronError for a wrong option. */
  run(queries: readonly LiveQuery[]): void {
    const before = this.#running;
    this.#running = queries;
    if (queries !== before) for (const live of before) if (!queries.includes(live)) live.stop();
    for (const live of queries) live.sync();
  }
}

/** `useQuery` is a list of one. Returns the same list while nothing in it is another query. */
export function useLiveQueries(queries: readonly AnyQuery[]): readonly LiveQuery[] {
  const client = useNetronClient();
  const all = useMemo(() => new LiveQueries(client), [client]);
  const shown = all.render(queries);
  // All of them ask before any is waited for.
  const waiting = shown.flatMap((live) => live.wait() ?? []);
  if (waiting.length > 0) throw handled(Promise.all(waiting));
  // A layout effect, since a component may go before it has been painted, and the first, since the other one may throw.
  useLayoutEffect(() => () => all.run(NONE), [all]);
  useLayoutEffect(() => all.run(shown));
  return shown;
}
