import type { ReadonlySignal } from '@preact/signals';
import type { NetronError } from '../netron-error.js';
import type { WatchOptions } from './query-hook-options.js';

export interface UseInfiniteQueryOptions<R = unknown, A extends readonly unknown[] = readonly unknown[]>
  extends Omit<WatchOptions<R>, 'dedupe' | 'fallback'> {
  /** Arguments of the page that comes first. Others are another list. */
  readonly args: A;
  /** Arguments of the page after the last one, from what the server said; undefined or null where there is none. */
  readonly getNextArgs: (lastPage: R, pages: readonly R[]) => A | undefined | null;
  /** Likewise of the page before the first one. Default: there is none. */
  readonly getPreviousArgs?: ((firstPage: R, pages: readonly R[]) => A | undefined | null) | undefined;
  /** Pages that are kept, 1 … 1,000: one more at one end, once it is there, makes the one at the other end go. Default 1,000. */
  readonly maxPages?: number | undefined;
}

export interface UseInfiniteQueryResult<R> {
  /** The pages that are there, in order. */
  readonly pages: ReadonlySignal<readonly R[]>;
  /** The same. */
  readonly data: ReadonlySignal<readonly R[]>;
  /** True while there is no page yet and no error. */
  readonly loading: ReadonlySignal<boolean>;
  /** True while a request for any page is in flight. */
  readonly fetching: ReadonlySignal<boolean>;
  readonly fetchingNext: ReadonlySignal<boolean>;
  readonly fetchingPrevious: ReadonlySignal<boolean>;
  readonly hasNext: ReadonlySignal<boolean>;
  readonly hasPrevious: ReadonlySignal<boolean>;
  /** Of the first page that has one, or of an option that threw. */
  readonly error: ReadonlySignal<NetronError | undefined>;
  /**
   * Adds the page after the last one, or asks again for one that failed. Without one to add, and once the component has
   * gone, it does nothing.
   */
  readonly fetchNext: () => Promise<void>;
  readonly fetchPrevious: () => Promise<void>;
  /** Asks again for all pages, in order, and for those that they lead to by then. Resolves to them; rejects with what `error` shows, which nobody has to catch. */
  readonly refetch: () => Promise<readonly R[]>;
}
