import type { ReadonlySignal } from '@preact/signals';
import type { NetronError } from '../netron-error.js';
import { type FieldCheck, type FieldChecks, FUNCTION, numberFrom, ofType, oneOf } from '../option-fields.js';
import type { RefetchOnMount } from '../query-observer.js';
import type { QueryOptions } from '../query-options.js';

/**
 * When a hook asks again. All of it may be written inline: it is read when it is needed, and only another interval or
 * another event starts anything anew.
 */
export interface WatchOptions<R = unknown> extends Omit<QueryOptions<R>, 'signal'> {
  /** False neither asks nor watches, until it is told to by `refetch`. Default true. */
  readonly enabled?: boolean | undefined;
  /**
   * When the hook begins to watch an entry: ask if it is not fresh, always, or only while it is empty. Default `stale`,
   * which true stands for as well.
   */
  readonly refetchOnMount?: RefetchOnMount | true | undefined;
  /** Ask for what is not fresh when the page is seen again, at most every 5 seconds. Default false. */
  readonly refetchOnFocus?: boolean | undefined;
  /** Ask for what is not fresh when the network is back. Default true. */
  readonly refetchOnReconnect?: boolean | undefined;
  /**
   * Ask again whenever what is there is so many milliseconds old; 0 is never. Default false. While the page is hidden it
   * waits until the page is seen again.
   */
  readonly refetchInterval?: number | false | undefined;
  /** The same as `refetchInterval`. */
  readonly background?: number | false | undefined;
  /** Go on while the page is hidden. Default false. */
  readonly refetchInBackground?: boolean | undefined;
  /** Events of the server that make the entry stale. Needs a WebSocket. Default: none. */
  readonly invalidateOn?: string | readonly string[] | undefined;
}

export interface UseQueryOptions<R = unknown, S = R> extends WatchOptions<R> {
  /**
   * What this hook shows of the data. It runs again when the data changes, a signal that it reads, or the function itself:
   * written inline, in each render. An equal result stays the same value, of lists and plain objects also in parts,
   * up to 10,000 of them.
   */
  readonly select?: ((data: R) => S) | undefined;
  /** What to show before the first answer, of the form that `select` takes, or a function that makes it of what was shown before. */
  readonly placeholder?: R | ((previous: R | undefined) => R | undefined) | undefined;
  /** Goes on showing the data of the arguments before, until that of the new ones is there. Default false. */
  readonly keepPrevious?: boolean | undefined;
  /** Lets a `<Suspense>` above wait for the first answer; an error instead of it goes to the error boundary. Default false. */
  readonly suspense?: boolean | undefined;
  /** Lets an error boundary above have every error. Default false. */
  readonly throwErrors?: boolean | undefined;
}

const BOOLEAN = ofType('boolean');
const INTERVAL: FieldCheck = (value) => (value === false ? '' : numberFrom(0)(value) && 'milliseconds, or false');

/** Of options that only hooks have. The others are checked where they are used. */
export const HOOK_CHECKS: FieldChecks = {
  enabled: BOOLEAN,
  refetchOnMount: oneOf('stale', 'always', true, false),
  refetchOnFocus: BOOLEAN,
  refetchOnReconnect: BOOLEAN,
  refetchInterval: INTERVAL,
  background: INTERVAL,
  refetchInBackground: BOOLEAN,
  select: FUNCTION,
  keepPrevious: BOOLEAN,
  suspense: BOOLEAN,
  throwErrors: BOOLEAN,
};

/** Signals, so that a component that reads `data` alone renders when `data` changes and at no other time. */
export interface UseQueryResult<S> {
  /** What was selected of the answer, or stands in for it. */
  readonly data: ReadonlySignal<S | undefined>;
  /** True while there is nothing to show and no error. */
  readonly loading: ReadonlySignal<boolean>;
  /** True while a request is in flight, the first or a later one. */
  readonly fetching: ReadonlySignal<boolean>;
  /** Of the last request, or of an option that threw. */
  readonly error: ReadonlySignal<NetronError | undefined>;
  /** True while `data` is a placeholder, the data of the arguments before, or the `fallback`. */
  readonly isPlaceholder: ReadonlySignal<boolean>;
  /** Asks again, fresh or not. Resolves to the data; rejects with what `error` shows, which nobody has to catch. */
  readonly refetch: () => Promise<S>;
}
