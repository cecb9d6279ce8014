import type { Operation, TransportReply, TransportRequest } from '../transport.js';
import type { Upload } from './uploads.js';

export type WsRequest = Omit<TransportRequest, 'operation'> & { readonly operation?: Operation | 'ping' | undefined };

/** Takes the value of an answer, at the moment it arrives and before anything that follows it on the wire. */
export type Accept = (exchange: Exchange, value: unknown, sizeBytes: number) => void;

/** One request, and whoever waits for what becomes of it. */
export interface Exchange {
  readonly request: WsRequest;
  readonly accept: Accept;
  readonly resolve: (reply: TransportReply) => void;
  readonly reject: (error: unknown) => void;
  /** Of the packet that is on its way; 0 before. */
  id: number;
  /** A connection that was lost has made it be asked once more. */
  repeated: boolean;
  /** A definition that was stale has. */
  renewed: boolean;
  /** Those that end with it. */
  uploads: readonly Upload[];
}

export const NO_UPLOADS: readonly Upload[] = [];
