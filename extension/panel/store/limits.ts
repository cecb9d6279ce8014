/** What the panel keeps; what goes over is dropped from the oldest on, counted, and said in the list. */
export const MAX_CALLS = 20_000;
export const MAX_HISTORY = 20_000;
export const MAX_ENTRIES = 100_000;
/** Circuit breakers that are not closed. */
export const MAX_CIRCUITS = 1_000;
/** Effects kept per call, for its chain. */
export const MAX_EFFECTS = 200;
/** Causes remembered, to find the call behind an event. */
export const MAX_CAUSES = 200_000;
/** Names of evicted entries that rows of the history may still mention. */
export const MAX_FORMER_NAMES = 10_000;
