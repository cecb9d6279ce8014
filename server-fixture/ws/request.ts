import type { MessagePacket } from '../../protocol/index.js';
import type { RegisteredService } from '../exposure/registered-service.js';
import type { Fault } from '../faults/decide-fault.js';
import type { ServedCall } from '../invocation/served-call.js';
import type { UploadStream } from './upload-stream.js';

/** One request of a peer, with what is known and held only while it is worked on. */
export interface PeerRequest {
  readonly packet: MessagePacket;
  readonly call: ServedCall;
  /** Whose member it names; a service that this one returns goes by reference. Undefined for tasks. */
  owner: RegisteredService | undefined;
  /** Uploads among its arguments, to be released when the call and its result stream are over. */
  uploads: UploadStream[] | undefined;
  /** What shall go wrong with it, once its method is known. */
  fault: Fault | undefined;
}
