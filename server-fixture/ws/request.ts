import type { MessagePacket } from '../../protocol/index.js';
import type { Fault } from '../faults/decide-fault.js';
import type { CallContext } from '../invocation/call-context.js';
import type { UploadStream } from './upload-stream.js';

/** One request of a peer, with what is known and held only while it is worked on. */
export interface PeerRequest {
  readonly packet: MessagePacket;
  readonly context: CallContext;
  readonly controller: AbortController;
  /** Uploads among its arguments, to be released when the call and its result stream are over. */
  readonly uploads: UploadStream[];
  /** What shall go wrong with it, once its method is known. */
  fault: Fault | undefined;
}
