/** Low four bits of a packet's flags byte (PROTOCOL §4.2). */
export const PING = 0;
export const GET = 1;
export const SET = 2;
export const CALL = 3;
export const TASK = 4;
export const STREAM = 5;
export const STREAM_ERROR = 6;
export const STREAM_CLOSE = 7;

/** Those bits. */
export const MASK = 0x0f;
