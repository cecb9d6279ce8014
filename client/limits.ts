/** Every bound of the client that is not the wire's (those are in `protocol/limits.ts`). */

/** Tap records kept while no panel is attached (COMPLAINTS #4): about 0.3 MB of bookkeeping. */
export const RING_CAPACITY_DORMANT = 4_096;

/** Most records that an option or a panel may ask for (a panel asks for 65,536). */
export const RING_CAPACITY_MAX = 1_048_576;

/** Cache entries before the least recently used, unobserved one is evicted. Default of `cache.maxEntries`. */
export const MAX_ENTRIES = 10_000;

/** A call that has not settled by then fails. Default of `timeout`; Titan's own default (PROTOCOL §11). */
export const TIMEOUT_MS = 30_000;

/** Chunks of one stream that may wait for a slow reader. Default of `buffer.capacity`. */
export const STREAM_BUFFER_CHUNKS = 1_024;

/** Chunks that may arrive ahead of their turn, or before the response that names their stream. */
export const STREAM_EARLY_CHUNKS = 256;

/** Streams whose chunks may arrive before their response; further ones are dropped and counted. */
export const EARLY_STREAMS = 64;

/** Cancelled streams whose further chunks are known as such: as many as a Titan server keeps open (PROTOCOL §8). */
export const DISCARDED_STREAMS = 1_000;

/** Longest delay that a timer of a browser keeps; a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
