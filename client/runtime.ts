/** The part of `WebSocket` that the client uses. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** Everything the client takes from its surroundings. Tests put their own clock and randomness here. */
export interface Runtime {
  /** Monotonic milliseconds since the document's time origin. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** A timer of the `background` must not keep a process alive. */
  setTimeout(run: () => void, delayMs: number, background?: boolean): unknown;
  clearTimeout(timer: unknown): void;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** The page's own origin; undefined where there is none. Only to it may any header be sent. */
  readonly origin?: string | undefined;
  openWebSocket(url: string): WebSocketLike;
}

/** The globals, taken at the call and not at import, so that a page may still replace `fetch` before it. */
export function browserRuntime(): Runtime {
  return {
    now: () => performance.now(),
    random: Math.random,
    setTimeout: (run, delayMs, background) => {
      const timer: unknown = setTimeout(run, delayMs);
      // Node alone has it.
      if (background) (timer as { unref?: () => void }).unref?.();
      return timer;
    },
    clearTimeout: (timer) => clearTimeout(timer as number),
    fetch: (url, init) => fetch(url, init),
    origin: globalThis.location?.origin,
    openWebSocket: (url) => new WebSocket(url) as WebSocketLike,
  };
}

/** A name unique enough for a session, a connection or a call: 80 bits of `random`. */
export function randomId(runtime: Pick<Runtime, 'random'>): string {
  let id = '';
  while (id.length < 16) id += Math.floor(runtime.random() * 36).toString(36);
  return id;
}
