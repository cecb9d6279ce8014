import type { ReadonlySignal } from '@preact/signals-core';
import type { LinkState } from './transport/ws/link-state.js';
import type { EventHandler } from './transport/ws/subscriptions.js';

/**
 * Of a backend's WebSocket: `idle` until it is needed, `connecting`, `open`, `waiting` to be opened again after a loss,
 * `closed` with the client.
 */
export type BackendState = LinkState['kind'];

/** How the server answered credentials. A refused login is an answer, not an error. */
export interface AuthResult {
  readonly success: boolean;
  /** Who one is: `userId`, `roles`, `permissions` and what the server adds. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A subscription to one event. */
export interface EventSubscription {
  /**
   * Resolves when the server knows of it; rejects with a NetronError where it does not want to. Also where the connection
   * was lost before, which does not end the subscription: it is made over the next one.
   */
  readonly ready: Promise<void>;
  /** Handlers of the same event share one subscription on the wire; the last one to go ends it. */
  unsubscribe(): void;
}

/**
 * What can be asked of one backend besides calls. `connect`, `ping`, `get`, `set` and `subscribe` need a WebSocket: a `ws:`
 * URL, or a `socketUrl` beside an HTTP one. Without it they reject with `invalid-argument`.
 */
export interface BackendHandle {
  readonly name: string;
  readonly url: string;
  /** Of its WebSocket; undefined where it has none. */
  readonly state: ReadonlySignal<BackendState | undefined>;
  /** Opens the connection; the result lets go of it. It is kept up, and opened again when lost, in between. */
  connect(): Promise<() => void>;
  /** Round trip in milliseconds. @throws NetronError `timeout` or `network`. */
  ping(): Promise<number>;
  /** Over WebSocket, for the life of the connection; over HTTP, to learn who one is. */
  authenticate(credentials: Readonly<Record<string, unknown>>): Promise<AuthResult>;
  /**
   * Authenticates, and keeps the token of a success for what follows. The cache stays: `logout` first when somebody else
   * was there.
   *
   * @throws NetronError `invalid-config` without the backend's option `auth`; `aborted` where a `logout`, a `setToken` or a
   * later `login` that was accepted has come in between, which counts; `network` where its connection is lost.
   */
  login(credentials: Readonly<Record<string, unknown>>): Promise<AuthResult>;
  /**
   * Another token from now on, or none. A WebSocket is dropped, so that the next one carries it: what is in flight over
   * it is asked again where it is a query, and fails otherwise. Without one, nothing that was begun before is sent any more,
   * as after `logout`.
   *
   * @throws NetronError `invalid-config` without the backend's option `auth`, or where it says `cookie`.
   */
  setToken(token: string | undefined): Promise<void>;
  /**
   * Forgets the token and all data of the client, and drops the WebSocket. What was begun before and is still to be sent,
   * also once more, fails with `aborted`: it must not be sent as who comes next. Cookies are the server's: call its own
   * method first.
   */
  logout(): Promise<void>;
  /**
   * Opens the circuit breaker until {@link resetBreaker}: of the backend, or of one service by the name that its calls
   * use.
   *
   * @throws NetronError `invalid-config` without the backend's option `circuitBreaker`, or its `perService` for a service.
   */
  isolate(service?: string): Promise<void>;
  /** Closes it, as if nothing had failed. @throws NetronError as {@link isolate} does. */
  resetBreaker(service?: string): Promise<void>;
  /** A property of a service. @throws NetronError of any code, `remote` with status 404 where there is none. */
  get(service: string, property: string): Promise<unknown>;
  /** @throws NetronError of any code, `remote` where the property is read-only. */
  set(service: string, property: string, value: unknown): Promise<void>;
  /**
   * Calls `handler` for every event of this name, also after a reconnect; events in between are lost. What goes wrong is
   * what `ready` rejects with.
   */
  subscribe<A extends readonly unknown[] = readonly unknown[]>(
    event: string,
    handler: EventHandler<A>,
  ): EventSubscription;
}
