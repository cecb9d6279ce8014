import { computed, effect, signal, untracked } from '@preact/signals';
import type { Entry } from '../cache/entry.js';
import type { NetronClient } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import { assertOption } from '../option-error.js';
import { handled, optionThrew } from './hook-error.js';
import { PAGES_MAX } from './hook-limits.js';
import type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './infinite-query-options.js';
import { LiveQuery } from './live-query.js';
import type { UseQueryOptions } from './query-hook-options.js';

type Pages = readonly LiveQuery[];

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
  sync(): void;
  stop(): void;
}

/** The pages of one hook: a chain, in which each page says what the next one is asked with. */
export function infiniteQuery(
  client: NetronClient,
  first: Entry,
  entryOf: (args: readonly unknown[]) => Entry,
  given: UseInfiniteQueryOptions,
): InfiniteQuery {
  let options = given;
  // A page that takes the place of another shows that one's data until its own is there.
  const optionsOfPages = (): UseQueryOptions => first.node.optionsFor('query', { ...options, keepPrevious: true });
  let pageOptions = optionsOfPages();
  let stopLinking: (() => void) | undefined;
  const pageOf = (entry: Entry, reason: 'mount' | 'args' | 'manual', previous?: unknown): LiveQuery =>
    new LiveQuery(client, entry, pageOptions, reason, previous);
  /** The base of each page that the page after it goes with. */
  const linked = new WeakMap<LiveQuery, unknown>();

  const beyond = (pages: Pages, isNext: boolean): Beyond => {
    const { entry } = pages.at(isNext ? -1 : 0) as LiveQuery;
    // Still to come, or to be asked for again.
    if (!entry.hasBase) return pages.length > 1 ? { args: entry.args } : {};
    const option = isNext ? 'getNextArgs' : 'getPreviousArgs';
    const bases = pages
      .map((page) => page.entry)
      .filter(({ hasBase }) => hasBase)
      .map(({ base }) => base);
    try {
      return { args: options[option]?.(entry.base, bases) };
    } catch (thrown) {
      return { failure: optionThrew(option, thrown, entry) };
    }
  };

  // As many pages as there were, as far as they are still in the cache.
  const restored = [pageOf(first, 'mount')];
  for (let left = lengths.get(first) ?? 0; left > restored.length; ) {
    const { args } = beyond(restored, true);
    const entry = args && entryOf(args);
    if (entry?.hasBase) restored.push(pageOf(entry, 'mount'));
    else left = 0;
  }
  const list = signal<Pages>(restored);

  /** Puts other pages in place of those that there are. */
  const show = (pages: Pages): void => {
    const before = list.peek();
    lengths.set(first, pages.length);
    list.value = pages;
    for (const page of before) if (!pages.includes(page)) page.stop();
    if (stopLinking !== undefined) for (const page of pages) page.sync();
  };

  /**
   * A page that holds something else than before may lead to another page: that one takes the place of the page after it.
   * What the server said decides, so that optimistic layers ask for nothing.
   */
  const link = (): void => {
    const pages = list.peek();
    for (const [i, page] of pages.slice(0, -1).entries()) {
      const { base, hasBase } = page.entry;
      if (!hasBase) return;
      const before = linked.get(page);
      linked.set(page, base);
      if (before === undefined || before === base) continue;
      const { args, failure } = beyond(pages.slice(0, i + 1), true);
      const next = pages[i + 1] as LiveQuery;
      if (failure !== undefined) return;
      if (args === undefined) return show(pages.slice(0, i + 1));
      const entry = entryOf(args);
      if (entry === next.entry) continue;
      const successor = pageOf(entry, 'args', next.rawFor(entry));
      // The page after it was not asked for with what this one will say.
      linked.set(successor, successor);
      return show(pages.with(i + 1, successor));
    }
  };

  const extend = async (isNext: boolean): Promise<void> => {
    const pages = list.peek();
    const { args } = beyond(pages, isNext);
    if (args === undefined) return;
    let page = pages.at(isNext ? -1 : 0) as LiveQuery;
    if (page.entry.hasBase) {
      page = pageOf(entryOf(args), 'manual');
      const { maxPages = PAGES_MAX } = options;
      show(isNext ? [...pages, page].slice(-maxPages) : [page, ...pages].slice(0, maxPages));
    }
    await (page.entry.hasBase ? page.entry.fetch?.promise : page.refetch());
  };

  const pages = computed(() => list.value.map(({ data }) => data.value).filter((page) => page !== undefined));
  const isComing = (at: number): boolean => {
    const { data, fetching } = list.value.at(at) as LiveQuery;
    return list.value.length > 1 && data.value === undefined && fetching.value;
  };
  // What is beyond depends on what the pages hold.
  const next = computed(() => beyond(pages.value && list.value, true));
  const previous = computed(() => beyond(pages.value && list.value, false));
  return {
    result: {
      pages,
      data: pages,
      fetching: computed(() => list.value.some(({ fetching }) => fetching.value)),
      loading: computed(() => pages.value.length === 0 && list.value.some(({ loading }) => loading.value)),
      fetchingNext: computed(() => isComing(-1)),
      fetchingPrevious: computed(() => isComing(0)),
      hasNext: computed(() => next.value.args !== undefined),
      hasPrevious: computed(() => previous.value.args !== undefined),
      error: computed(() => {
        const failed = list.value.find(({ error }) => error.value);
        return failed?.error.value ?? next.value.failure ?? previous.value.failure;
      }),
      fetchNext: () => handled(extend(true)),
      fetchPrevious: () => handled(extend(false)),
      refetch: () => handled(Promise.all(list.peek().map((page) => page.refetch())).then(() => pages.peek())),
    },
    update(newest) {
      options = newest;
      pageOptions = optionsOfPages();
      for (const page of list.peek()) page.options = pageOptions;
    },
    sync() {
      const { maxPages = PAGES_MAX } = options;
      const fits = Number.isInteger(maxPages) && maxPages > 0 && maxPages <= PAGES_MAX;
      assertOption('maxPages', maxPages, fits, `a whole number from 1 to ${PAGES_MAX}`, first);
      for (const page of list.peek()) page.sync();
      stopLinking ??= effect(() => {
        for (const { data, fetching } of list.value) if (!fetching.value) data.value;
        untracked(link);
      });
    },
    stop() {
      stopLinking?.();
      stopLinking = undefined;
      for (const page of list.peek()) page.stop();
    },
  };
}
