import { computed, effect, signal, untracked } from '@preact/signals';
import { hashArgs } from '../cache/args-hash.js';
import type { Entry } from '../cache/entry.js';
import type { NetronClient } from '../netron-client.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import { assertField, LIST } from '../option-fields.js';
import { handled, optionThrew } from './hook-error.js';
import { PAGES_MAX } from './hook-limits.js';
import type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './infinite-query-options.js';
import { LiveQueries } from './live-queries.js';
import { LiveQuery } from './live-query.js';
import type { UseQueryOptions } from './query-hook-options.js';

type Pages = readonly LiveQuery[];

/** An end of the list, as `at` counts. */
type End = 0 | -1;
const FIRST = 0;
const LAST = -1;

/** Arguments of the page beyond an end of the list. */
interface Beyond {
  readonly args?: readonly unknown[] | undefined;
  readonly failure?: NetronError;
}

/** How many pages a list had that begins with this entry: as many are shown when it is seen again. */
const lengths = new WeakMap<Entry, number>();

export interface InfiniteQuery {
  readonly result: UseInfiniteQueryResult<unknown>;
  /** In every render. */
  update(options: UseInfiniteQueryOptions): void;
  /** After every render that was committed. @throws NetronError for a wrong option. */
  commit(): void;
  stop(): void;
}

/** The pages of one hook: a chain, in which each page says what the next one is asked with. */
export function infiniteQuery(
  client: NetronClient,
  first: Entry,
  entryOf: (args: readonly unknown[]) => Entry,
  given: UseInfiniteQueryOptions,
): InfiniteQuery {
  const newest = signal(given);
  // A page that takes the place of another shows that one's data until its own is there.
  const optionsOfPages = (): UseQueryOptions =>
    first.node.optionsFor('query', { ...newest.peek(), keepPrevious: true });
  let pageOptions = optionsOfPages();
  let stopLinking: (() => void) | undefined;
  const pageOf = (entry: Entry, reason: 'mount' | 'args' | 'manual', previous?: unknown): LiveQuery =>
    new LiveQuery(client, entry, pageOptions, reason, previous);
  /** Where the list grew last. More pages than `maxPages` go at the other end. */
  let grown: End = LAST;
  /** The base of each page that the page after it goes with. */
  const linked = new WeakMap<LiveQuery, unknown>();

  const beyond = (pages: Pages, end: End, options = newest.peek()): Beyond => {
    const { entry } = pages.at(end) as LiveQuery;
    // Still to come, or to be asked for again.
    if (!entry.hasBase) return pages.length > 1 ? { args: entry.args } : {};
    const option = end === LAST ? 'getNextArgs' : 'getPreviousArgs';
    const bases = pages.flatMap(({ entry: { hasBase, base } }) => (hasBase ? [base] : []));
    try {
      const args = options[option]?.(entry.base, bases) ?? undefined;
      if (args === undefined) return {};
      assertField(`${option}()`, args, LIST, entry);
      hashArgs(args, entry);
      return { args };
    } catch (thrown) {
      return { failure: isNetronError(thrown) ? thrown : optionThrew(option, thrown, entry) };
    }
  };

  // As many pages as there were, as far as they are still in the cache.
  const restored = [pageOf(first, 'mount')];
  while (restored.length < Math.min(lengths.get(first) ?? 0, given.maxPages ?? PAGES_MAX)) {
    const { args } = beyond(restored, LAST);
    const entry = args && entryOf(args);
    if (!entry?.hasBase) break;
    restored.push(pageOf(entry, 'mount'));
  }
  const list = signal<Pages>(restored);
  /** Which of them are watched: none before the first commit, and after the component has gone. */
  const watched = new LiveQueries(client);

  /** Puts other pages in place of those that there are. */
  const show = (pages: Pages): void => {
    lengths.set(first, pages.length);
    list.value = pages;
    // Others than these, where an effect has put them there.
    if (stopLinking) watched.run(list.peek());
  };

  /**
   * A page that holds something else than before may lead to another page: that one takes the place of the page after it.
   * What the server said decides, so that optimistic layers ask for nothing.
   */
  const link = (): void => {
    const pages = list.peek();
    const { maxPages = PAGES_MAX } = newest.peek();
    const { hasBase, fetching, error } = (pages.at(grown) as LiveQuery).entry;
    // Not before there is something to show in place of what goes: where both ends grew, that may be at the other one.
    if (pages.filter(({ entry }) => entry.hasBase).length > maxPages && (hasBase || (error && !fetching))) {
      return show((grown === LAST) === hasBase ? pages.slice(-maxPages) : pages.slice(0, maxPages));
    }
    for (const [i, page] of pages.entries()) {
      const next = pages[i + 1];
      const { base, hasBase } = page.entry;
      if (!next || !hasBase) return;
      const before = linked.get(page);
      linked.set(page, base);
      if (before === undefined || before === base) continue;
      const kept = pages.slice(0, i + 1);
      const { args, failure } = beyond(kept, LAST);
      if (failure) return;
      if (args === undefined) return show(kept);
      const entry = entryOf(args);
      if (entry === next.entry) continue;
      const successor = pageOf(entry, 'args', next.rawFor(entry));
      // The page after it was not asked for with what this one will say.
      linked.set(successor, successor);
      return show(pages.with(i + 1, successor));
    }
  };

  const extend = async (end: End): Promise<void> => {
    const pages = list.peek();
    const { args } = beyond(pages, end);
    // Once the component has gone, nobody waits for a page.
    if (args === undefined || !stopLinking) return;
    let page = pages.at(end) as LiveQuery;
    if (page.entry.hasBase) {
      page = pageOf(entryOf(args), 'manual');
      grown = end;
      show(end === LAST ? [...pages, page] : [page, ...pages]);
    }
    if (!page.entry.hasBase && !page.entry.fetching) page.ask('manual');
    await page.entry.fetch.promise;
  };

  const refetch = async (): Promise<readonly unknown[]> => {
    await Promise.all(list.peek().map((page) => page.refetch()));
    // Those that come in place of others, until each leads to the next.
    const coming = () => list.peek().find(({ entry }) => entry.fetching);
    for (let page = coming(); page; page = coming()) await page.entry.fetch.promise;
    return pages.peek();
  };

  const pages = computed(() => list.value.map(({ data }) => data.value).filter((page) => page !== undefined));
  const isAny = (state: 'fetching' | 'loading'): boolean => list.value.some((page) => page[state].value);
  const isComing = (end: End) =>
    computed(() => {
      const { data, fetching } = list.value.at(end) as LiveQuery;
      return list.value.length > 1 && data.value === undefined && fetching.value;
    });
  // What is beyond depends on what the pages hold.
  const next = computed(() => beyond(pages.value && list.value, LAST, newest.value));
  const previous = computed(() => beyond(pages.value && list.value, FIRST, newest.value));
  return {
    result: {
      pages,
      data: pages,
      fetching: computed(() => isAny('fetching')),
      loading: computed(() => pages.value.length === 0 && isAny('loading')),
      fetchingNext: isComing(LAST),
      fetchingPrevious: isComing(FIRST),
      hasNext: computed(() => next.value.args !== undefined),
      hasPrevious: computed(() => previous.value.args !== undefined),
      error: computed(() => {
        const failed = list.value.find(({ error }) => error.value);
        return failed?.error.value ?? next.value.failure ?? previous.value.failure;
      }),
      fetchNext: () => handled(extend(LAST)),
      fetchPrevious: () => handled(extend(FIRST)),
      refetch: () => handled(refetch()),
    },
    update(options) {
      newest.value = options;
      pageOptions = optionsOfPages();
      for (const page of list.peek()) page.use(pageOptions);
    },
    commit() {
      watched.run(list.peek());
      if (stopLinking) link();
      stopLinking ??= effect(() => {
        for (const { data, fetching } of list.value) if (!fetching.value) data.value;
        untracked(link);
      });
    },
    stop() {
      stopLinking?.();
      stopLinking = undefined;
      watched.run([]);
    },
  };
}
