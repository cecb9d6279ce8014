import { clientHandshake } from '../../../protocol/handshake.js';
import type { Deadlines } from '../../call/deadlines.js';
import { CONNECT_WITHIN_MS } from '../../limits.js';
import { type Runtime, randomId, type WebSocketLike } from '../../runtime.js';
import { addressOf, type LinkTarget } from './address.js';
import { backoffMs } from './backoff.js';
import * as CloseCode from './close-code.js';
import { Heartbeat } from './heartbeat.js';
import type { LinkEvents, LinkState, LossCode } from './link-state.js';

interface Waiter {
  resolve(): void;
  reject(reason: string): void;
}

const READY_STATE_CLOSED = 3;

const CLIENT_CLOSED = 'the client was closed';

/** One WebSocket after another to one URL: opened when needed, greeted first, watched, and opened again when lost. */
export class WsLink {
  readonly #target: LinkTarget;
  readonly #runtime: Runtime;
  readonly #events: LinkEvents;
  readonly #heartbeat: Heartbeat;
  #state: LinkState = { kind: 'idle' };
  #waiters: Waiter[] = [];
  /** Subscriptions and callers of `connect`: while there are any, a lost connection is opened again. */
  #needs = 0;
  #refreshToken = false;
  /** Runs while connecting. */
  #timer: unknown;
  /** Of opening it, without a word of the server since; -1 once it has said something over this connection. */
  #attempt = 0;

  constructor(target: LinkTarget, deadlines: Deadlines, events: LinkEvents) {
    this.#target = target;
    this.#runtime = deadlines.runtime;
    this.#events = events;
    this.#heartbeat = new Heartbeat(
      deadlines,
      () => events.onSilence(),
      () => this.abandon('no answer to a PING', 'network', CloseCode.silent),
    );
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Resolves when requests may be sent; rejects with the reason when the attempt under way fails. */
  ready(): Promise<void> {
    const { kind } = this.#state;
    if (kind === 'open') return Promise.resolve();
    if (kind === 'closed') return Promise.reject(CLIENT_CLOSED);
    const ready = new Promise<void>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    if (kind === 'idle') {
      this.#attempt = 0;
      this.#open();
    }
    return ready;
  }

  /** From now on the connection is kept up; the result takes that back. */
  need(): () => void {
    this.#needs++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--this.#needs > 0 || this.#state.kind !== 'waiting') return;
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
  abandon(reason: string, code: LossCode, closeCode = CloseCode.givenUp): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#lost(socket, reason, code);
    socket.close(closeCode, 'given up by the client');
  }

  close(): void {
    const socket = this.#socket;
    this.#stopTimers();
    if (this.#state.kind === 'waiting') this.#runtime.clearTimeout(this.#state.timer);
    this.#set({ kind: 'closed' });
    this.#fail(CLIENT_CLOSED);
    this.#events.onLost(CLIENT_CLOSED, 'network');
    socket?.close(CloseCode.normal);
  }

  get #socket(): WebSocketLike | undefined {
    return (this.#state as { socket?: WebSocketLike }).socket;
  }

  #open(): void {
    const connecting = { kind: 'connecting', socket: undefined } as const;
    this.#set(connecting);
    const refresh = this.#refreshToken;
    this.#refreshToken = false;
    addressOf(this.#target, refresh).then(
      (url) => {
        if (this.#state === connecting) this.#dial(url);
      },
      (error: unknown) => {
        // The token that was refused must not be given again.
        this.#refreshToken ||= refresh;
        if (this.#state === connecting) this.#afterLoss(`no token: ${String(error)}`);
      },
    );
  }

  #dial(url: string): void {
    let socket: WebSocketLike;
    try {
      socket = this.#runtime.openWebSocket(url);
    } catch (error) {
      return this.#afterLoss(`cannot be opened: ${String(error)}`);
    }
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (this.#socket !== socket) return socket.close(CloseCode.normal);
      // Nothing may be sent before it: a server that sees another message first never answers a call (PROTOCOL §4.1).
      // Fresh for each connection, since the server keys its peers by it.
      const clientId = randomId(this.#runtime);
      socket.send(clientHandshake(clientId));
      this.#stopTimers();
      this.#set({ kind: 'open', socket, clientId });
      this.#heartbeat.start();
      this.#events.onOpen();
      for (const { resolve } of this.#waiters.splice(0)) resolve();
    };
    socket.onmessage = ({ data }) => {
      // What a connection that was given up still delivers must not touch the next one.
      if (this.#socket !== socket || !(data instanceof ArrayBuffer)) return;
      this.#attempt = -1;
      this.#events.onBytes(new Uint8Array(data));
      this.#heartbeat.heard();
    };
    socket.onclose = ({ code, reason }) => {
      if (code === CloseCode.unauthorized) this.#refreshToken = true;
      this.#lost(socket, closedWith(code, reason));
    };
    // A socket that the page's own policy forbids is closed from the start: Chromium tells by an error alone.
    socket.onerror = () => {
      if (socket.readyState === READY_STATE_CLOSED)
        this.#lost(socket, closedWith(CloseCode.abnormal, 'refused by the browser'));
    };
    this.#timer = this.#runtime.setTimeout(
      () => this.abandon(`no connection within ${CONNECT_WITHIN_MS} ms`, 'network'),
      CONNECT_WITHIN_MS,
    );
    this.#set({ kind: 'connecting', socket });
  }

  #lost(socket: WebSocketLike, reason: string, code?: LossCode): void {
    if (this.#socket === socket) this.#afterLoss(reason, code);
  }

  #afterLoss(reason: string, code: LossCode = 'network'): void {
    this.#stopTimers();
    // A server that takes every connection and drops it without a word must not be asked again and again at once.
    this.#attempt++;
    if (this.#needs > 0) {
      const delayMs = backoffMs(this.#attempt, this.#runtime.random());
      this.#set({ kind: 'waiting', timer: this.#runtime.setTimeout(() => this.#open(), delayMs) });
    } else this.#set({ kind: 'idle' });
    this.#fail(`cannot reach ${this.#target.url}: ${reason}`);
    this.#events.onLost(reason, code);
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiters.splice(0)) reject(reason);
  }

  #stopTimers(): void {
    this.#runtime.clearTimeout(this.#timer);
    this.#heartbeat.stop();
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#events.onState(state.kind);
  }
}

function closedWith(code: number, reason: string): string {
  return `the connection was closed with ${code}${reason && `: ${reason}`}`;
}
