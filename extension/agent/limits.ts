/** Bounds of what the agent does and sends (DESIGN D4). Everything here protects the page. */

/** A preview is one line. */
export const PREVIEW_CHARS = 120;
export const PREVIEW_STRING_CHARS = 40;
export const PREVIEW_ITEMS = 5;
export const PREVIEW_DEPTH = 2;

/** A page of values: two levels, a hundred children each, and no more bytes than this. */
export const VALUE_DEPTH = 2;
export const VALUE_CHILDREN = 100;
export const VALUE_PAGE_CHARS = 64 * 1024;
/** A string in a page of values; the rest is fetched when it is asked for. */
export const VALUE_STRING_CHARS = 4_096;

/** Changes listed by one diff, and values compared for it. */
export const DIFF_CHANGES = 100;
export const DIFF_VISITS = 10_000;
/** Values compared for all the one-line summaries of one drain. */
export const SUMMARY_VISITS_PER_DRAIN = 5_000;

/** Records read from a ring at a time. */
export const READ_ROWS = 512;

/** An address, which may carry a token in its query. */
export const URL_CHARS = 2_000;

/** The ring's size while a panel is there; the client bounds it by its own maximum. */
export const RING_CAPACITY = 65_536;

/** Drains that a client is read for after it was closed: its last calls end when it is off the page's list. */
export const CLOSED_CLIENT_DRAINS = 10;

/** A panel that has not asked for so long is gone: rings go back to their dormant size. */
export const LEASE_MS = 15_000;
