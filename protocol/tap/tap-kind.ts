/** What a tap record tells. Numbers are part of the contract between a page's client and any panel: never reuse one. */
export const TapKind = {
  /** Not emitted: the agent puts it where records were overwritten before they were read. */
  gap: 0,

  callStart: 1,
  callAttempt: 2,
  callProgress: 3,
  callEnd: 4,

  frameOut: 10,
  frameIn: 11,

  cacheWrite: 20,
  cacheHit: 21,
  cacheMiss: 22,
  cacheStale: 23,
  cacheRevalidate: 24,
  cacheInvalidate: 25,
  cacheEvict: 26,
  cacheGc: 27,
  /** A caller joined a request that was already in flight. */
  cacheShared: 28,

  optimisticApply: 30,
  optimisticCommit: 31,
  optimisticRollback: 32,
  optimisticRebase: 33,

  signalSubscribe: 41,
  signalDispose: 43,

  streamOpen: 50,
  streamChunk: 51,
  streamEnd: 53,

  backendState: 71,
} as const;
export type TapKind = (typeof TapKind)[keyof typeof TapKind];

/** The kinds that change what readers of an entry see. They are the rows of the panel's History. */
export const STATE_CHANGES: ReadonlySet<number> = new Set([
  TapKind.cacheWrite,
  TapKind.cacheInvalidate,
  TapKind.cacheEvict,
  TapKind.cacheGc,
  TapKind.optimisticApply,
  TapKind.optimisticCommit,
  TapKind.optimisticRollback,
  TapKind.optimisticRebase,
]);
