/** Figures of the codec that only its speed and its memory depend on. Those of the wire are in `../limits.ts`. */

/** Up to so many bytes a loop over ASCII beats `TextDecoder`, measured with `npm run bench`. */
export const READ_LOOP_BYTES = 24;

/** Up to so many characters a loop beats `TextEncoder`, measured with `npm run bench`. */
export const WRITE_LOOP_CHARS = 64;

/**
 * Keys that a reader knows by sight: the same few dozen come again and again, and a string that is reused is found
 * faster in every map.
 */
export const KEY_SLOTS = 512;

/** Up to so many bytes a `slice` is the cheaper copy of a binary value. */
export const RAW_SLICE_BYTES = 1_024;

/** Binary values of one byte that share a buffer: one for each would be over 64 times what the message takes. */
export const SINGLES = 64;

/** Messages are cut from pieces of this size: memory of its own for each would cost more than writing it. */
export const SLAB_BYTES = 65_536;

/** What may follow a large value at the end of its message, and must not make it grow again. */
export const TAIL_BYTES = 64;

/** Longest decimal that is turned into a bigint: the conversion is superlinear, 10,000 digits take about 0.1 ms. */
export const MAX_BIGINT_DIGITS = 10_000;
