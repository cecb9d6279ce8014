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

/** When a client of a draining server should ask again, in seconds: another one may have taken its place by then. */
export const DRAIN_RETRY_AFTER_S = 1;

/** How long a browser may remember a preflight, in seconds. */
export const PREFLIGHT_MAX_AGE_S = 86_400;

/** Open sockets of one listener. */
export const MAX_CONNECTIONS = 1024;

/** Most items of a generator that one HTTP response carries. */
export const MAX_DRAINED_ITEMS = 10_000;

/** Bytes of all headers of one HTTP request. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** Items of one batch. Titan has no such bound; nothing here is without one. */
export const MAX_BATCH_ITEMS = 1000;

/** Open streams of one peer, in each direction. */
export const MAX_STREAMS_PER_PEER = 1000;

/** Services that one peer has been given by reference and has not released. */
export const MAX_NESTED_SERVICES_PER_PEER = 1000;

/** Chunks of one upload that wait for one of a lower index. */
export const MAX_UNORDERED_CHUNKS = 10_000;

/** Chunks of one upload that came before the call it belongs to. */
export const MAX_EARLY_CHUNKS = 1000;

/** Bytes of all uploads of one peer that no method has read yet. */
export const MAX_UNREAD_UPLOAD_BYTES = 64 * 1024 * 1024;

/** Uploads of one peer that were given up and whose late chunks are known by it. */
export const MAX_GIVEN_UP_UPLOADS = 1000;

/** Items that `stream.consume` collects. */
export const MAX_CONSUMED_ITEMS = 1_000_000;

/** After so long without a chunk an upload that is not live has failed, in milliseconds. */
export const UPLOAD_SILENCE_MS = 60_000;

/** After so long without a receipt an event counts as lost, in milliseconds. */
export const ACK_TIMEOUT_MS = 5_000;

/** Events sent to one peer whose receipts are waited for. */
export const MAX_UNACKED_EVENTS = 10_000;

/** Between two `tick` events, in milliseconds. */
export const TICK_INTERVAL_MS = 500;

/** Clients whose rate is remembered; the one seen least recently is forgotten first. */
export const MAX_RATE_WINDOWS = 10_000;

/** Fault rules of one server. */
export const MAX_FAULT_RULES = 1000;

/** Longest time for which a reordered answer waits for the message that is to overtake it, in milliseconds. */
export const REORDER_HOLD_MS = 100;

/** Event names that one peer may be subscribed to. */
export const MAX_SUBSCRIPTIONS_PER_PEER = 1000;

/** Requests of one connection that are being worked on. */
export const MAX_PENDING_REQUESTS = 10_000;

/** A generator that never waits yields to the event loop after this many items, so that it can be told to stop. */
export const BURST_ITEMS = 64;

/** Bytes for one socket that may wait for the end of the turn in which they were sent, to go out in one write. */
export const MAX_CORKED_BYTES = 64 * 1024;

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
