/**
 * What a tap record tells. Numbers are part of the contract between a page's client and any panel: never reuse one.
 * Imported as a namespace, so that bundlers put the number itself where a kind is named.
 */

/** Not emitted: the agent puts it where records were overwritten before they were read. */
export const gap = 0;

export const callStart = 1;
export const callAttempt = 2;
export const callProgress = 3;
export const callEnd = 4;

export const frameOut = 10;
export const frameIn = 11;

export const cacheWrite = 20;
export const cacheHit = 21;
export const cacheMiss = 22;
export const cacheStale = 23;
export const cacheRevalidate = 24;
export const cacheInvalidate = 25;
export const cacheEvict = 26;
export const cacheGc = 27;
/** A caller joined a request that was already in flight. */
export const cacheShared = 28;

export const optimisticApply = 30;
export const optimisticCommit = 31;
export const optimisticRollback = 32;
export const optimisticRebase = 33;

export const signalSubscribe = 41;
export const signalDispose = 43;

export const streamOpen = 50;
export const streamChunk = 51;
export const streamEnd = 53;

export const breakerState = 70;
export const backendState = 71;
