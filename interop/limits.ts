/** A case that has not ended by then has failed, in milliseconds. Default of `--deadline`. */
export const DEADLINE_MS = 10_000;

/** Bounds of `--deadline`: below, a healthy server may be too slow; above, a timer of Node would fire at once. */
export const DEADLINE_MIN_MS = 100;
export const DEADLINE_MAX_MS = 3_600_000;

/** How long a server has to answer our closing handshake before its socket is dropped. */
export const CLOSE_WITHIN_MS = 500;

/** Characters of a reason or of a value that one line shows. */
export const MAX_REASON_CHARACTERS = 500;
export const MAX_VALUE_CHARACTERS = 200;

/** Errors of one chain of causes that a reason tells of; a chain may go round. */
export const MAX_CAUSES = 4;

/** How long a server may take to notice that a stream was cancelled; the reference never does (recording 097). */
export const CANCEL_WITHIN_MS = 1_000;
export const POLL_MS = 20;
