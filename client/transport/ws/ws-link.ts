import { clientHandshake } from '../../../protocol/handshake.js';
import { CONNECT_WITHIN_MS, PING_AFTER_MS, PONG_WITHIN_MS } from '../../limits.js';
import { type Runtime, randomId, type WebSocketLike } from '../../runtime.js';
import { backoffMs } from './backoff.js';

/**
 * - `idle`: nobody needs the connection.
 * - `connecting`: being opened; it is `open` only after our handshake was sent.
 * - `waiting`: lost, and somebody needs it: opened again when the backoff is over.
 * - `closed`: for good.
 */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly socket: WebSocketLike | undefined; readonly attempt: number }
  | { readonly kind: 'open'; readonly socket: WebSocketLike; readonly attempt: number; readonly clientId: string }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly timer: unknown }
  | { readonly kind: 'closed' };

export interface LinkEvents {
  onState(kind: LinkState['kind']): void;
  /** The handshake was sent: requests may follow. */
  onOpen(): void;
  onBytes(bytes: Uint8Array): void;
  /** What was in flight is lost. */
  onLost(reason: string): void;
  /** Nothing has come for a while: send a PING. */
  onSilence(): void;
}

interface Waiter {
  resolve(): void;
  reject(reason: string): void;
}

/** A browser may close with 1000 or 3000–4999 only. */
const CLOSE_NORMAL = 1_000;
export const CLOSE_PROTOCOL_ERROR = 4_002;
const CLOSE_SILENT = 4_003;
/** The server did not accept our token (PROTOCOL §4.1). */
const CLOSE_UNAUTHORIZED = 4_001;
/** What browsers report when there was no closing handshake. */
const CLOSED_ABNORMALLY = 1_006;
const READY_STATE_CLOSED = 3;

/** One WebSocket after another to one URL: opened when needed, greeted first, watched, and opened again when lost. */
export class WsLink {
  readonly #urlOf: (refreshToken: boolean) => Promise<string>;
  readonly #runtime: Runtime;
  readonly #events: LinkEvents;
  #state: LinkState = { kind: 'idle' };
  #waiters: Waiter[] = [];
  /** Subscriptions and callers of `connect`: while there are any, a lost connection is opened again. */
  #needs = 0;
  #refreshToken = false;
  /** While connecting: until it has taken too long. Then: until the connection has been silent for too long. */
  #watchTimer: unknown;
  #heardMs = 0;
  /** When a PING was sent that nothing has followed yet. */
  #pingedMs: number | undefined;
  /** Whether the server has said anything over this connection. */
  #heard = false;

  constructor(urlOf: (refreshToken: boolean) => Promise<string>, runtime: Runtime, events: LinkEvents) {
    this.#urlOf = urlOf;
    this.#runtime = runtime;
    this.#events = events;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Resolves when requests may be sent; rejects with the reason when the attempt under way fails. */
  ready(): Promise<void> {
    if (this.#state.kind === 'open') return Promise.resolve();
    if (this.#state.kind === 'closed') return Promise.reject('the client was closed');
    const ready = new Promise<void>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    if (this.#state.kind === 'idle') this.#open(0);
    return ready;
  }

  /** From now on the connection is kept up; the result takes that back. */
  need(): () => void {
    this.#needs++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#needs--;
      if (this.#needs > 0 || this.#state.kind !== 'waiting') return;
      this.#runtime.clearTimeout(this.#state.timer);
      this.#set({ kind: 'idle' });
      this.#fail('nobody needs the connection any more');
    };
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#state.kind === 'open') this.#state.socket.send(bytes);
  }

  get bufferedBytes(): number {
    return this.#state.kind === 'open' ? this.#state.socket.bufferedAmount : 0;
  }

  /** Gives the connection up: what it said cannot be relied on. */
  abandon(reason: string, code = CLOSE_PROTOCOL_ERROR): void {
    const { socket } = this.#state as { socket?: WebSocketLike };
    if (socket === undefined) return;
    this.#lost(socket, reason);
    socket.close(code, 'given up by the client');
  }

  close(): void {
    const state = this.#state;
    this.#stopWatching();
    if (state.kind === 'waiting') this.#runtime.clearTimeout(state.timer);
    this.#set({ kind: 'closed' });
    this.#fail('the client was closed');
    this.#events.onLost('the client was closed');
    (state as { socket?: WebSocketLike }).socket?.close(CLOSE_NORMAL);
  }

  #open(attempt: number): void {
    const connecting = { kind: 'connecting', socket: undefined, attempt } as const;
    this.#set(connecting);
    const refresh = this.#refreshToken;
    this.#refreshToken = false;
    this.#urlOf(refresh).then(
      (url) => {
        if (this.#state === connecting) this.#dial(url, attempt);
      },
      (error: unknown) => {
        // The token that was refused must not be given again.
        this.#refreshToken ||= refresh;
        if (this.#state === connecting) this.#afterLoss(`no token: ${String(error)}`, attempt + 1);
      },
    );
  }

  #dial(url: string, attempt: number): void {
    let socket: WebSocketLike;
    try {
      socket = this.#runtime.openWebSocket(url);
    } catch (error) {
      return this.#afterLoss(`cannot be opened: ${String(error)}`, attempt + 1);
    }
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (!this.#owns(socket)) return socket.close(CLOSE_NORMAL);
      // Nothing may be sent before it: a server that sees another message first never answers a call (PROTOCOL §4.1).
      // Fresh for each connection, since the server keys its peers by it.
      const clientId = randomId(this.#runtime);
      socket.send(clientHandshake(clientId));
      this.#set({ kind: 'open', socket, attempt, clientId });
      this.#watch();
      this.#events.onOpen();
      for (const { resolve } of this.#waiters.splice(0)) resolve();
    };
    socket.onmessage = ({ data }) => {
      // What a connection that was given up still delivers must not touch the next one.
      if (!this.#owns(socket) || !(data instanceof ArrayBuffer)) return;
      this.#heardMs = this.#runtime.now();
      this.#pingedMs = undefined;
      this.#heard = true;
      this.#events.onBytes(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (code === CLOSE_UNAUTHORIZED) this.#refreshToken = true;
      this.#lost(socket, `the connection was closed with ${code}${reason === '' ? '' : `: ${reason}`}`);
    };
    // A socket that the page's own policy forbids is closed from the start: Chromium tells by an error alone.
    socket.onerror = () => {
      if (socket.readyState !== READY_STATE_CLOSED) return;
      this.#lost(socket, `the connection was closed with ${CLOSED_ABNORMALLY}: refused by the browser`);
    };
    this.#heard = false;
    this.#watchTimer = this.#runtime.setTimeout(
      () => this.abandon(`no connection within ${CONNECT_WITHIN_MS} ms`),
      CONNECT_WITHIN_MS,
    );
    this.#set({ kind: 'connecting', socket, attempt });
  }

  #owns(socket: WebSocketLike): boolean {
    return (this.#state as { socket?: WebSocketLike }).socket === socket;
  }

  #lost(socket: WebSocketLike, reason: string): void {
    if (!this.#owns(socket)) return;
    // A server that takes every connection and drops it without a word must not be asked again and again at once.
    const { attempt } = this.#state as { attempt: number };
    this.#afterLoss(reason, this.#heard ? 0 : attempt + 1);
  }

  #afterLoss(reason: string, attempt: number): void {
    this.#stopWatching();
    if (this.#needs > 0) {
      const delayMs = backoffMs(attempt, this.#runtime.random());
      const timer = this.#runtime.setTimeout(() => this.#open(attempt), delayMs);
      this.#set({ kind: 'waiting', attempt, timer });
    } else this.#set({ kind: 'idle' });
    this.#fail(reason);
    this.#events.onLost(reason);
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiters.splice(0)) reject(reason);
  }

  /** A link that is idle but answers is healthy: it is only asked when it has been silent, and given time. */
  #watch(): void {
    this.#stopWatching();
    this.#heardMs = this.#runtime.now();
    this.#pingedMs = undefined;
    const check = (): void => {
      const nowMs = this.#runtime.now();
      if (this.#pingedMs !== undefined && nowMs >= this.#pingedMs + PONG_WITHIN_MS) {
        return this.abandon('no answer to a PING', CLOSE_SILENT);
      }
      if (this.#pingedMs === undefined && nowMs >= this.#heardMs + PING_AFTER_MS) {
        // Counted from here and not from the silence: a computer that slept may be hours late.
        this.#pingedMs = nowMs;
        this.#events.onSilence();
      }
      const dueMs = this.#pingedMs === undefined ? this.#heardMs + PING_AFTER_MS : this.#pingedMs + PONG_WITHIN_MS;
      this.#watchTimer = this.#runtime.setTimeout(check, Math.max(1, dueMs - nowMs));
    };
    this.#watchTimer = this.#runtime.setTimeout(check, PING_AFTER_MS);
  }

  #stopWatching(): void {
    if (this.#watchTimer !== undefined) this.#runtime.clearTimeout(this.#watchTimer);
    this.#watchTimer = undefined;
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#events.onState(state.kind);
  }
}
