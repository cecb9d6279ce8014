import type { WebSocketLike } from '../../runtime.js';

/**
 * - `idle`: nobody needs the connection.
 * - `connecting`: being opened; it is `open` only after our handshake was sent.
 * - `waiting`: lost, and somebody needs it: opened again when the backoff is over.
 * - `closed`: for good.
 */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly socket: WebSocketLike | undefined }
  | { readonly kind: 'open'; readonly socket: WebSocketLike; readonly clientId: string }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'closed' };

/** Why what was in flight is lost. */
export type LossCode = 'network' | 'protocol' | 'too-large';

export interface LinkEvents {
  onState(kind: LinkState['kind']): void;
  /** The handshake was sent: requests may follow. */
  onOpen(): void;
  /** One message that is not the server's own handshake. */
  onBytes(bytes: Uint8Array<ArrayBuffer>): void;
  /** What was in flight is lost. */
  onLost(reason: string, code: LossCode): void;
  /** Nothing has come for a while: send a PING. */
  onSilence(): void;
}
