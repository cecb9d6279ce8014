/** Handlers on one bus. Default of `maxListeners`; as many as a page has of anything that it shows at once, and more. */
export const MAX_EVENT_LISTENERS = 10_000;

/** Event names whose list of handlers is kept ready; the one that was made first goes first. */
export const EVENT_NAMES_CACHED = 512;

/**
 * Layers of middleware on one bus, and emits inside handlers of emits, synchronously. A circle of events must meet these
 * bounds before the end of the stack, which with two handlers in it would take 2^depth calls to unwind: Node 20 has room
 * for 10 layers times 100 emits and not for 32 times 100 (measured 2026-11).
 */
export const MAX_EVENT_MIDDLEWARE = 20;
export const MAX_EVENT_NESTING = 50;
