import {
  ACK_TIMEOUT_MS,
  CALL_TIMEOUT_MS,
  MAX_BATCH_ITEMS,
  MAX_BODY_BYTES,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_NESTED_SERVICES_PER_PEER,
  MAX_PENDING_REQUESTS,
  MAX_STREAMS_PER_PEER,
  MAX_SUBSCRIPTIONS_PER_PEER,
  MAX_TIMER_MS,
  UPLOAD_SILENCE_MS,
} from './limits.js';

/** The bounds that a test may want to reach sooner. All are whole numbers above 0. */
export interface FixtureLimits {
  /** Largest HTTP body, in bytes. Default 10 MiB. */
  readonly bodyBytes: number;
  /** Headers of one HTTP request, in bytes. Default 16 KiB. */
  readonly headerBytes: number;
  /** Open sockets of each of the two ports. Default 1,024. */
  readonly connections: number;
  /** How long an HTTP call may run when its request does not say, in milliseconds. Default 30,000. */
  readonly callTimeoutMs: number;
  /** Items of one batch. Default 1,000. */
  readonly batchItems: number;
  /** Requests of one connection that are being worked on. Default 1,000. */
  readonly pendingRequests: number;
  /** Open streams of one peer, in each direction. Default 1,000. */
  readonly streams: number;
  /** Event names that one peer is subscribed to. Default 1,000. */
  readonly subscriptions: number;
  /** Services that one peer holds by reference. Default 1,000. */
  readonly references: number;
  /** Silence after which an upload that is not live has failed, in milliseconds. Default 60,000. */
  readonly uploadSilenceMs: number;
  /** How long the receipt of an event may take, in milliseconds. Default 5,000. */
  readonly ackTimeoutMs: number;
}

const DEFAULTS: FixtureLimits = {
  bodyBytes: MAX_BODY_BYTES,
  headerBytes: MAX_HEADER_BYTES,
  connections: MAX_CONNECTIONS,
  callTimeoutMs: CALL_TIMEOUT_MS,
  batchItems: MAX_BATCH_ITEMS,
  pendingRequests: MAX_PENDING_REQUESTS,
  streams: MAX_STREAMS_PER_PEER,
  subscriptions: MAX_SUBSCRIPTIONS_PER_PEER,
  references: MAX_NESTED_SERVICES_PER_PEER,
  uploadSilenceMs: UPLOAD_SILENCE_MS,
  ackTimeoutMs: ACK_TIMEOUT_MS,
};

/** @throws TypeError that names the limit, what it is and what was expected. */
export function parseFixtureLimits(limits: unknown): FixtureLimits {
  if (typeof limits !== 'object' || limits === null)
    throw new TypeError(`limits: ${typeof limits}, expected an object`);
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw new TypeError(`limits.${name}: there is none; there are ${Object.keys(DEFAULTS).join(', ')}`);
    }
    if (Number.isInteger(value) && value > 0 && value <= MAX_TIMER_MS) continue;
    throw new TypeError(`limits.${name}: ${typeof value} ${String(value)}, expected a whole number above 0`);
  }
  return { ...DEFAULTS, ...limits };
}
