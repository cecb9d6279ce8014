/** Why a WebSocket is closed. A browser itself may close with 1000 or 3000–4999 only. */
export const normal = 1_000;
/** What browsers report when there was no closing handshake. */
export const abnormal = 1_006;
/** The server did not accept our token (PROTOCOL §4.1). */
export const unauthorized = 4_001;
/** Ours: what the server said cannot be relied on, or it never opened. */
export const givenUp = 4_002;
/** Ours: no answer to a PING. */
export const silent = 4_003;
