import { WebSocket } from 'ws';
import type { Runtime, WebSocketLike } from '../runtime.js';

interface Timer {
  readonly dueMs: number;
  readonly background: boolean;
  readonly run: () => void;
}

/** The real network under a clock that only a test moves. Timers fire in {@link TestRuntime.advance} and at no other time. */
export class TestRuntime implements Runtime {
  nowMs = 1_000;
  clockReads = 0;
  /** Every request that was sent, oldest first. */
  readonly requests: { readonly url: string; readonly body: string }[] = [];
  /** The page's own origin, to be set by a test. */
  origin: string | undefined;
  /** Every delay that a timer was set to, oldest first. */
  readonly delays: number[] = [];
  /** Every socket that was opened, oldest first. */
  readonly sockets: WebSocketLike[] = [];
  readonly #timers = new Map<number, Timer>();
  #lastTimer = 0;
  #randomState = 1;

  now(): number {
    this.clockReads++;
    return this.nowMs;
  }

  /** A Weyl sequence: the same in each run, and no two neighbours alike. */
  random(): number {
    this.#randomState = (this.#randomState + 0.618_033_988_749_895) % 1;
    return this.#randomState;
  }

  setTimeout(run: () => void, delayMs: number, background = false): unknown {
    this.#lastTimer++;
    if (!background) this.delays.push(delayMs);
    this.#timers.set(this.#lastTimer, { dueMs: this.nowMs + delayMs, run, background });
    return this.#lastTimer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Timers that run, but for those of the background and one per open socket, which a connection may keep to watch over itself. */
  get timers(): number {
    const open = this.sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    const foreground = [...this.#timers.values()].filter(({ background }) => !background).length;
    return Math.max(0, foreground - open);
  }

  get backgroundTimers(): number {
    return [...this.#timers.values()].filter(({ background }) => background).length;
  }

  advance(byMs: number): void {
    this.nowMs += byMs;
    for (const [id, { dueMs, run }] of [...this.#timers]) {
      if (dueMs <= this.nowMs && this.#timers.delete(id)) run();
    }
  }

  fetch(url: string, init: RequestInit): Promise<Response> {
    const { body } = init;
    this.requests.push({ url, body: body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body) });
    return fetch(url, init);
  }

  openWebSocket(url: string): WebSocketLike {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.sockets.push(socket as unknown as WebSocketLike);
    return socket as unknown as WebSocketLike;
  }
}
