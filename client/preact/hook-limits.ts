/** Every bound and default of the hooks. */

/** Least time between two refetches for focus: who goes back and forth between tabs does not ask each time. */
export const FOCUS_THROTTLE_MS = 5_000;

/** Newest chunks of a stream that are kept for `chunks`. Default of the option of that name. */
export const STREAM_CHUNKS = 100;
/** Most of it: the list is copied with every chunk. */
export const STREAM_CHUNKS_MAX = 10_000;

/** Pages of an infinite query that are kept; those at the other end go first. Default and most of `maxPages`. */
export const PAGES_MAX = 1_000;

/** For so long, once nobody waits any more, the answer that a suspended component waited for is what it mounts with. */
export const SUSPENSE_GRACE_MS = 5_000;
/** And so long its error is what it throws: not much more than a render takes, so that whoever tries again later asks. */
export const SUSPENSE_ERROR_GRACE_MS = 500;
/** Both after so long at most, however long others wait at the same time. */
export const SUSPENSE_ROUND_MS = 15_000;
