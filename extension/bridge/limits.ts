/** How the panel asks (BRIDGE §2 and §6.3: measured, see there). */

/** Characters of one drain: more gains nothing and costs frames. */
export const DRAIN_CHARS = 300_000;

/** Between two drains while records keep coming. */
export const POLL_MS = 100;
/** Before the next drain when the last one had to leave records behind. */
export const POLL_MORE_MS = 16;
/** Between two drains after {@link IDLE_AFTER_MS} without a record: each eval costs the page a little and leaks a little. */
export const POLL_IDLE_MS = 700;
export const IDLE_AFTER_MS = 4_000;

/** After a rejection: the document is being replaced, mostly. */
export const RETRY_MS = 50;

/** An eval that has not answered by then means that the page is busy. It is not sent again: they would queue. */
export const BUSY_AFTER_MS = 4_000;

/** Firefox: so many unexpected errors in a row mean that this context has lost its target (BRIDGE §6.2). */
export const LOST_CONTEXT_AFTER = 2;

/** While recording is paused: well below the lease of the agent (`extension/agent/limits.ts`). */
export const LEASE_RENEWAL_MS = 5_000;
