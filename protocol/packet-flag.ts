/** High four bits of a packet's flags byte (PROTOCOL §4.2). The first two are for STREAM packets alone. */
export const END_OF_STREAM = 0x10;
export const LIVE = 0x20;
/** A request or a one-way packet. */
export const IMPULSE = 0x40;
export const ERROR = 0x80;
