import { clientHandshake, HANDSHAKE_FIRST_BYTE } from '../../../protocol/handshake.js';
import { callError } from '../../call/call-error.js';
import type { Deadlines } from '../../call/deadlines.js';
import { messageOf } from '../../call/message-of.js';
import { CONNECT_WITHIN_MS } from '../../limits.js';
import { report } from '../../report.js';
import { type Runtime, randomId, type WebSocketLike } from '../../runtime.js';
import type { TransportRequest } from '../transport.js';
import { addressOf, type LinkTarget } from './address.js';
import { backoffMs } from './backoff.js';
import * as CloseCode from './close-code.js';
import { Heartbeat } from './heartbeat.js';
import type { LinkEvents, LinkState, LossCode } from './link-state.js';

/** Told once: it is open, or the attempt under way has failed. */
export interface Waiter {
  /** Somebody still waits. */
  isWanted(): boolean;
  resolve(): void;
  fail(reason: string): void;
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
  readonly #waiters = new Set<Waiter>();
  /** Subscriptions and callers of `connect`: while there are any, a lost connection is opened again. */
  #needs = 0;
  #refreshToken = false;
  /** Of what comes next, unless the state changes before. */
  #timer: unknown;
  /** Of opening it, without a packet of the server since; -1 once one has come over this connection. */
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

  /** Requests may be sent. */
  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** Who we are to the server, over this connection; empty without one. */
  get clientId(): string {
    return this.#state.kind === 'open' ? this.#state.clientId : '';
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Resolves when it is open; rejects with the reason when the attempt under way fails. */
  ready({ call, cancellation }: Pick<TransportRequest, 'call' | 'cancellation'>): Promise<void> {
    const isWanted = (): boolean => cancellation.cancelled === undefined;
    const open = new Promise<void>((resolve, reject) => {
      this.wait({ isWanted, resolve, fail: (reason) => reject(callError('network', reason, call)) });
    });
    return cancellation.race(open, call);
  }

  /** One that waits already is told once all the same. */
  wait(waiter: Waiter): void {
    if (this.isOpen) return waiter.resolve();
    const { kind } = this.#state;
    if (kind === 'closed') return waiter.fail(CLIENT_CLOSED);
    this.#waiters.add(waiter);
    if (kind !== 'idle') return;
    this.#attempt = 0;
    this.#open();
  }

  /** From now on the connection is kept up; the result takes that back. */
  need(): () => void {
    this.#needs++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--this.#needs > 0 || this.#state.kind !== 'waiting') return;
      // Calls that wait for it still have the next attempt.
      for (const { isWanted } of this.#waiters) if (isWanted()) return;
      this.#waiters.clear();
      this.#set({ kind: 'idle' });
    };
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#socket?.send(bytes);
  }

  /** Gives the connection up: what it said cannot be relied on. */
  abandon(reason: string, code: LossCode, closeCode = CloseCode.givenUp): void {
    if (this.#state.kind !== 'connecting' && this.#state.kind !== 'open') return;
    const { socket } = this.#state;
    this.#lost(reason, code);
    socket?.close(closeCode, 'given up by the client');
  }

  /** From now on another token counts: what is open is given up, and what is being opened is begun anew. */
  renew(reason: string): void {
    this.#refreshToken = false;
    if (this.#state.kind !== 'connecting') return this.abandon(reason, 'network', CloseCode.normal);
    const { socket } = this.#state;
    this.#open();
    socket?.close(CloseCode.normal);
  }

  close(): void {
    const socket = this.#socket;
    this.#set({ kind: 'closed' });
    for (const { fail } of this.#takeWaiters()) fail(CLIENT_CLOSED);
    this.#events.onLost(CLIENT_CLOSED, 'network');
    socket?.close(CloseCode.normal);
  }

  get #socket(): WebSocketLike | undefined {
    const { kind } = this.#state;
    return kind === 'connecting' || kind === 'open' ? this.#state.socket : undefined;
  }

  #open(): void {
    const connecting: LinkState = { kind: 'connecting', socket: undefined };
    this.#set(connecting, this.#giveUp, CONNECT_WITHIN_MS);
    addressOf(this.#target, this.#refreshToken).then(
      (url) => {
        if (this.#state !== connecting) return;
        // Not before: the token that was refused must not be given again.
        this.#refreshToken = false;
        this.#dial(url);
      },
      (error: unknown) => {
        if (this.#state === connecting) this.#lost(`no token: ${messageOf(error)}`);
      },
    );
  }

  #dial(url: string): void {
    let socket: WebSocketLike;
    try {
      socket = this.#runtime.openWebSocket(url);
    } catch (error) {
      return this.#lost(`cannot be opened: ${messageOf(error)}`);
    }
    const lost = (code: number, reason: string): void => {
      if (this.#socket === socket) this.#lost(`the connection was closed with ${code}${reason && `: ${reason}`}`);
    };
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (this.#socket !== socket) return socket.close(CloseCode.normal);
      // Nothing may be sent before it: a server that sees another message first never answers a call (PROTOCOL §4.1).
      // Fresh for each connection, since the server keys its peers by it.
      const clientId = randomId(this.#runtime);
      socket.send(clientHandshake(clientId));
      this.#set({ kind: 'open', socket, clientId });
    };
    socket.onmessage = ({ data }) => {
      // What a connection that was given up still delivers must not touch the next one.
      if (this.#socket !== socket || !(data instanceof ArrayBuffer)) return;
      const bytes = new Uint8Array(data);
      // The server's own handshake begins with "{", which no packet does. Also a server that refuses us may send it.
      if (bytes[0] !== HANDSHAKE_FIRST_BYTE) {
        this.#attempt = -1;
        this.#events.onBytes(bytes);
      }
      this.#heartbeat.heard();
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket === socket && code === CloseCode.unauthorized) this.#refreshToken = true;
      lost(code, reason);
    };
    // A socket that the page's own policy forbids is closed from the start: Chromium tells by an error alone.
    socket.onerror = () => {
      if (socket.readyState === READY_STATE_CLOSED) lost(CloseCode.abnormal, 'refused by the browser');
    };
    this.#set({ kind: 'connecting', socket }, this.#giveUp, CONNECT_WITHIN_MS);
  }

  readonly #giveUp = (): void => this.abandon(`no connection within ${CONNECT_WITHIN_MS} ms`, 'network');

  #lost(reason: string, code: LossCode = 'network'): void {
    // A server that takes every connection and drops it without a word must not be asked again and again at once.
    this.#attempt++;
    // Before the state says so: whoever comes because of that waits for the next attempt.
    for (const { fail } of this.#takeWaiters()) fail(`cannot reach ${this.#target.url}: ${reason}`);
    if (this.#needs > 0) {
      this.#set({ kind: 'waiting' }, () => this.#open(), backoffMs(this.#attempt, this.#runtime.random()));
    } else this.#set({ kind: 'idle' });
    this.#events.onLost(reason, code);
  }

  #takeWaiters(): readonly Waiter[] {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    return waiters;
  }

  /** What was to come after the state before is off; `next` is what is to come after this one. */
  #set(state: LinkState, next?: () => void, delayMs = 0): void {
    this.#runtime.clearTimeout(this.#timer);
    this.#heartbeat.stop();
    if (next !== undefined) this.#timer = this.#runtime.setTimeout(next, delayMs);
    this.#state = state;
    if (state.kind === 'open') {
      this.#heartbeat.start();
      this.#events.onOpen();
      // Before the state says so: what is sent because of that comes after what waits.
      for (const { resolve } of this.#takeWaiters()) resolve();
    }
    try {
      this.#events.onState(this.#state.kind);
    } catch (error) {
      // Of an effect of the app, which must not break the connection.
      report(error);
    }
  }
}
