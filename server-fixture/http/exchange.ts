import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Backend } from '../backend.js';
import type { Caller } from '../invocation/invoke.js';

/** One HTTP request, its response, and who has sent it. */
export interface Exchange {
  readonly backend: Backend;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}
