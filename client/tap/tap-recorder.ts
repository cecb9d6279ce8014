import type { TapReason } from '../../protocol/index.js';

/** Where the parts of a client write down what they do. */
export interface TapRecorder {
  /** Returns the record's seq, to be named as the cause of what follows from it. */
  emit(kind: number, cause: number, reason: TapReason, ref: unknown, a: unknown, b: unknown): number;
  /** Called at network edges, where the exact time is worth reading the clock. */
  readClock(): void;
  takeEntryId(): number;
  /** Takes the client off the page's list. */
  dispose(): void;
}
