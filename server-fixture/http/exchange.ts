import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Backend } from '../backend.js';
import type { Caller } from '../invocation/served-call.js';

/** One HTTP request, its response, and who has sent it. */
export interface Exchange {
  readonly backend: Backend;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** The caller is known by a cookie, which a browser sends whoever asks it to. */
  readonly byCookie: boolean;
  /** The server takes no more calls. */
  readonly draining: boolean;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}
