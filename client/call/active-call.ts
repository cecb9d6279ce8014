import type { CallKind, TapCall, TapEntry } from '../../protocol/index.js';
import type { CallPlace } from './call-error.js';

/** A call from its start to its end. `seq` is set when the tap has recorded the start, and stays 0 without a tap. */
export class ActiveCall implements TapCall {
  seq = 0;
  /** Attempts of which nobody knows what the server made of them: sent, and not refused by it. */
  doubts = 0;
  /** It must not be sent again where nobody has said so. */
  changes: boolean;

  readonly backend: string;
  readonly service: string;
  readonly method: string;

  constructor(
    readonly kind: CallKind,
    { backend, service, method }: CallPlace,
    readonly args: readonly unknown[],
    readonly via: TapCall['via'],
    readonly entry: TapEntry | null = null,
  ) {
    this.changes = kind !== 'query';
    this.backend = backend;
    this.service = service;
    this.method = method;
  }
}
