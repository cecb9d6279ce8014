import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuthContext } from '../auth/authenticator.js';

/** What a service can know about the call that it is serving. */
export interface CallContext {
  /** Aborted when nobody waits for the result any more: client gone, timeout, stream closed, server closing. */
  readonly signal: AbortSignal;
  /** Who calls; undefined for the anonymous, and for all where authentication is off. */
  readonly user: AuthContext | undefined;
  /** The caller's address. */
  readonly client: string;
  /** A cookie that came with the request or, over WebSocket, with the upgrade. Undefined for none. */
  cookie(name: string): string | undefined;
  /** Sends an event to every client that has subscribed to exactly this name. */
  emit(event: string, ...args: readonly unknown[]): void;
}

const storage = new AsyncLocalStorage<CallContext>();

/**
 * The call that the running method serves. Works after any `await` and inside generators.
 *
 * @throws Error outside of a call.
 */
export function currentCall(): CallContext {
  const context = storage.getStore();
  if (context === undefined) throw new Error('currentCall() works only while a service method is being called');
  return context;
}

export function runInCall<A extends unknown[], T>(context: CallContext, work: (...args: A) => T, ...args: A): T {
  return storage.run(context, work, ...args);
}

/** The signal of the current call, or undefined outside of one. */
export function currentSignal(): AbortSignal | undefined {
  return storage.getStore()?.signal;
}
