import type { ActiveCall } from '../call/active-call.js';
import type { Backend } from '../call/backend.js';
import type { Caller } from '../call/caller.js';
import type { TapRecorder } from '../tap/tap-recorder.js';
import type { ChunkQueue } from './chunk-queue.js';
import { StreamLife } from './stream-life.js';
import { assertStreamOptions, type StreamOptions } from './stream-options.js';

/** Opens streams: what is loaded with the first of them. */
export class Streams {
  readonly #caller: Caller;
  readonly #tap: TapRecorder | null;

  constructor(caller: Caller, tap: TapRecorder | null) {
    this.#caller = caller;
    this.#tap = tap;
  }

  /**
   * @param session of whoever asked for it, which may be over since.
   * @throws NetronError `invalid-argument` for a wrong option; everything else fails the stream.
   */
  open<T>(call: ActiveCall, backend: Backend, options: StreamOptions, session = backend.session): ChunkQueue<T> {
    assertStreamOptions(options, call);
    const life = new StreamLife<T>(call, backend, options, this.#caller, this.#tap, session);
    life.start();
    return life.queue;
  }
}
