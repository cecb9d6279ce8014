/** Every bound of the client that is not the wire's (those are in `protocol/limits.ts`). */

/** Tap records kept while no panel is attached (COMPLAINTS #4): about 0.3 MB of bookkeeping. */
export const RING_CAPACITY_DORMANT = 4_096;

/** Records whose values are kept while no panel is attached, and while one is: the values are the app's, of any size. */
export const VALUES_KEPT_DORMANT = 256;
export const VALUES_KEPT_ATTACHED = 8_192;

/** Most records that an option or a panel may ask for (a panel asks for 65,536). */
export const RING_CAPACITY_MAX = 1_048_576;

/** Cache entries before the least recently used, unobserved one is evicted. Default of `cache.maxEntries`. */
export const MAX_ENTRIES = 10_000;

/**
 * Entries in use that are passed over at one go in search of one to evict: what is used next goes on from there. So a use
 * stays cheap where more is in use than the cache should hold.
 */
export const MAX_PASSED_OVER = 64;

/** A call that has not settled by then fails. Default of `timeout`; Titan's own default (PROTOCOL §11). */
export const TIMEOUT_MS = 30_000;

/** What the server is told that it has in addition, so that the deadline is the caller's to call. */
export const TIMEOUT_GRACE_MS = 1_000;

/** Chunks of one stream that may wait for a slow reader. Default of `buffer.capacity`. */
export const STREAM_BUFFER_CHUNKS = 1_024;

/** Chunks that may arrive ahead of their turn, or before the response that names their stream. */
export const STREAM_EARLY_CHUNKS = 256;

/** Streams whose chunks may arrive before their response; those of further ones are dropped. */
export const EARLY_STREAMS = 64;

/** Cancelled streams whose further chunks are known as such: as many as a Titan server keeps open (PROTOCOL §8). */
export const DISCARDED_STREAMS = 1_000;

/** Longest delay that a timer of a browser keeps; a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** First wait before a lost WebSocket is opened again; each further attempt may wait twice as long (full jitter). */
export const RECONNECT_INITIAL_MS = 500;
export const RECONNECT_MAX_MS = 30_000;

/** A connection that is not open by then is given up, and tried anew when it is needed. */
export const CONNECT_WITHIN_MS = 20_000;

/** Calls that may wait for a connection to open; one more is turned away. */
export const MAX_UNSENT_CALLS = 10_000;

/** A connection that has been silent for so long is asked whether it is alive. */
export const PING_AFTER_MS = 30_000;
/** Without any packet in this time after a PING the connection is taken for dead. */
export const PONG_WITHIN_MS = 10_000;

/** Deadline of the requests that the client itself makes: subscriptions, definitions. Titan gives tasks 5 s. */
export const TASK_TIMEOUT_MS = 10_000;

/**
 * Stream ids of our uploads count from here, those of the server's results from 1: a STREAM_CLOSE names only the id, so
 * the two must not meet (PROTOCOL §8).
 */
export const FIRST_UPLOAD_ID = 0x4000_0000;

/** Bytes that may wait in the socket before an upload pauses. */
export const UPLOAD_HIGH_WATER_BYTES = 1_048_576;

/** Characters of why an upload failed that the server is told. */
export const UPLOAD_ERROR_CHARS = 1_024;

/** How long the first call of a batch waits for others. Default of `batch.window`. */
export const BATCH_WINDOW_MS = 10;

/** Calls in one batch. Default of `batch.maxBatchSize`. */
export const MAX_BATCH_SIZE = 50;

/** Characters of a text in arguments that its hash is made of: of a longer one every second, third and so on. */
export const MAX_HASHED_CHARS = 65_536;

/** Steps of a path that an error names: further ones are of no use. */
export const MAX_SHOWN_STEPS = 8;

/** Nodes of a value that are compared with those of the value before it, when a refetch lands. */
export const MAX_SHARED_NODES = 10_000;

/**
 * An entry that nobody observes is forgotten after it was not used for this long, and after at most twice as long: one
 * sweep for all entries, not a timer for each. Default of `cache.gcTime`.
 */
export const GC_TIME_MS = 300_000;

/** Bytes of responses behind the entries. Default of `cache.maxSizeBytes`. */
export const MAX_SIZE_BYTES = 64 * 1024 * 1024;
