import type { CallKind, TapCall, TapEntry } from '../../protocol/index.js';

/** A call from its start to its end. `seq` is set when the tap has recorded the start, and stays 0 without a tap. */
export class ActiveCall implements TapCall {
  seq = 0;

  constructor(
    readonly kind: CallKind,
    readonly backend: string,
    readonly service: string,
    readonly method: string,
    readonly args: readonly unknown[],
    readonly via: TapCall['via'],
    readonly entry: TapEntry | null,
  ) {}
}
