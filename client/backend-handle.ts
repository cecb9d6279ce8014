import type { EventHandler } from './transport/ws/subscriptions.js';

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
  /** Resolves when the server knows of it; rejects with a NetronError where it does not want to. */
  readonly ready: Promise<void>;
  /** Handlers of the same event share one subscription on the wire; the last one to go ends it. */
  unsubscribe(): void;
}

/** What can be asked of one backend besides calls. All of it but `authenticate` needs a WebSocket. */
export interface BackendHandle {
  readonly name: string;
  readonly url: string;
  /** Opens the connection; the result lets go of it. It is kept up, and opened again when lost, in between. */
  connect(): Promise<() => void>;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** Over WebSocket, for the life of the connection; over HTTP, to learn who one is. */
  authenticate(credentials: Readonly<Record<string, unknown>>): Promise<AuthResult>;
  /** A property of a service. */
  get(service: string, property: string): Promise<unknown>;
  set(service: string, property: string, value: unknown): Promise<void>;
  /** Calls `handler` for every event of this name, also after a reconnect; events in between are lost. */
  subscribe(event: string, handler: EventHandler): EventSubscription;
}
