/** Every bound of the wire in one place. Sources: PROTOCOL §11 for what Titan enforces, QUALITY F1–F2 for the rest. */

/** Largest packet or HTTP body that is decoded or sent, in bytes: Titan's own WebSocket packet limit. */
export const MAX_PACKET_BYTES = 16 * 1024 * 1024;

/**
 * Deepest nesting of a decoded or encoded value. `JSON.stringify` and `structuredClone` fail far above it, a person
 * reads far below it, and a hostile message must not choose our stack depth.
 */
export const MAX_DEPTH = 64;

/** Most keys of one map: the profile has no map32 (PROTOCOL §5). */
export const MAX_MAP_KEYS = 0xffff;

/** Service, method and property names on the wire, in characters (PROTOCOL §2). */
export const MAX_NAME_LENGTH = 255;
