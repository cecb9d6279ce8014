import { clientHandshake } from '../../../protocol/handshake.js';
import { type CallPlace, callError } from '../../call/call-error.js';
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
  #waiters: Waiter[] = [];
  /** Subscriptions and callers of `connect`: while there are any, a lost connection is opened again. */
  #needs = 0;
  #refreshToken = false;
  /** Of what comes next, unless the state changes before. */
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
  ready(place: CallPlace): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(callError('network', reason, place));
      if (this.isOpen) return resolve();
      const { kind } = this.#state;
      if (kind === 'closed') return fail(CLIENT_CLOSED);
      this.#waiters.push({ resolve, fail });
      if (kind !== 'idle') return;
      this.#attempt = 0;
      this.#open();
    });
  }

  /** From now on the connection is kept up; the result takes that back. */
  need(): () => void {
    this.#needs++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--this.#needs > 0 || this.#state.kind !== 'waiting') return;
      this.#set({ kind: 'idle' });
      this.#fail('nobody needs the connection any more');
    };
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#socket?.send(bytes);
  }

  /** Gives the connection up: what it said cannot be relied on. */
  abandon(reason: string, code: LossCode, closeCode = CloseCode.givenUp): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#lost(reason, code);
    socket.close(closeCode, 'given up by the client');
  }

  close(): void {
    const socket = this.#socket;
    this.#set({ kind: 'closed' });
    this.#fail(CLIENT_CLOSED);
    this.#events.onLost(CLIENT_CLOSED, 'network');
    socket?.close(CloseCode.normal);
  }

  get #socket(): WebSocketLike | undefined {
    const { kind } = this.#state;
    return kind === 'connecting' || kind === 'open' ? this.#state.socket : undefined;
  }

  #open(): void {
    const connecting: LinkState = { kind: 'connecting', socket: undefined };
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
        if (this.#state === connecting) this.#lost(`no token: ${String(error)}`);
      },
    );
  }

  #dial(url: string): void {
    let socket: WebSocketLike;
    try {
      socket = this.#runtime.openWebSocket(url);
    } catch (error) {
      return this.#lost(`cannot be opened: ${String(error)}`);
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
      lost(code, reason);
    };
    // A socket that the page's own policy forbids is closed from the start: Chromium tells by an error alone.
    socket.onerror = () => {
      if (socket.readyState === READY_STATE_CLOSED) lost(CloseCode.abnormal, 'refused by the browser');
    };
    const giveUp = (): void => this.abandon(`no connection within ${CONNECT_WITHIN_MS} ms`, 'network');
    this.#set({ kind: 'connecting', socket }, giveUp, CONNECT_WITHIN_MS);
  }

  #lost(reason: string, code: LossCode = 'network'): void {
    // A server that takes every connection and drops it without a word must not be asked again and again at once.
    this.#attempt++;
    if (this.#needs > 0) {
      this.#set({ kind: 'waiting' }, () => this.#open(), backoffMs(this.#attempt, this.#runtime.random()));
    } else this.#set({ kind: 'idle' });
    this.#fail(`cannot reach ${this.#target.url}: ${reason}`);
    this.#events.onLost(reason, code);
  }

  #fail(reason: string): void {
    for (const { fail } of this.#waiters.splice(0)) fail(reason);
  }

  /** What was to come after the state before is off; `next` is what is to come after this one. */
  #set(state: LinkState, next?: () => void, delayMs = 0): void {
    this.#runtime.clearTimeout(this.#timer);
    this.#heartbeat.stop();
    if (next !== undefined) this.#timer = this.#runtime.setTimeout(next, delayMs);
    this.#state = state;
    this.#events.onState(state.kind);
  }
}
