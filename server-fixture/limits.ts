/** Every bound that only the fixture has; those of the wire are in `protocol/limits.ts`. Sources: PROTOCOL §8, §11. */

/** Largest HTTP body that is read, in bytes. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A body that is too large is read on and thrown away up to here, so that its sender can read the refusal. */
export const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/** How long an HTTP call may run when the request does not say, in milliseconds. */
export const CALL_TIMEOUT_MS = 30_000;

/** Longest delay that a Node timer keeps; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long an idle HTTP connection is kept, in milliseconds. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** How long a browser may remember a preflight, in seconds. */
export const PREFLIGHT_MAX_AGE_S = 86_400;

/** Open sockets of one listener. */
export const MAX_CONNECTIONS = 1024;

/** Most items of a generator that one HTTP response carries. */
export const MAX_DRAINED_ITEMS = 10_000;

/** Open result streams of one peer. */
export const MAX_STREAMS_PER_PEER = 1000;

/** Event names that one peer may be subscribed to. */
export const MAX_SUBSCRIPTIONS_PER_PEER = 1000;

/** Requests of one peer that are being worked on. */
export const MAX_PENDING_REQUESTS = 1000;

/** A generator that never waits yields to the event loop after this many items, so that it can be told to stop. */
export const BURST_ITEMS = 64;

/** Unsent bytes of one socket above which its streams wait and its events are dropped. */
export const HIGH_WATER_BYTES = 1024 * 1024;

/** Unsent bytes of one socket above which it is given up: its client asks without ever reading. */
export const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/** Client ids and event names, in characters. */
export const MAX_LABEL_LENGTH = 255;

/** Characters of a thrown value's text that a peer is told where it was not meant for the wire. */
export const MAX_MESSAGE_LENGTH = 4096;

/** Records that one in-memory service keeps. */
export const MAX_RECORDS = 10_000;

/** Symbols of one price stream, and characters of one symbol. */
export const MAX_SYMBOLS = 32;
export const MAX_SYMBOL_LENGTH = 16;
