import { type Signal, signal } from '@preact/signals-core';
import type { TapCall } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { Auth } from '../auth/auth.js';
import type { BackendState } from '../backend-handle.js';
import type { BackendOperations } from '../backend-operations.js';
import type { BackendConfig } from '../client-config.js';
import type { CallOptions } from '../client-options.js';
import { Lazy } from '../lazy.js';
import { TIMEOUT_MS } from '../limits.js';
import type { Middleware } from '../middleware/middleware.js';
import type { MiddlewareOptions } from '../middleware/middleware-chain.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { wantsPipeline } from '../request-options.js';
import type { TapRecorder } from '../tap/tap-recorder.js';
import { HttpTransport } from '../transport/http-transport.js';
import type { Transport, WireLog } from '../transport/transport.js';
import { callError } from './call-error.js';
import type { Deadlines } from './deadlines.js';
import { messageOf } from './message-of.js';
import type { Session } from './session.js';

/** A middleware as the app gave it; it is checked with the first call that it is for. */
export interface MiddlewareUse {
  readonly middleware: Middleware;
  readonly options: MiddlewareOptions;
}

/** What all backends of a client share. */
export interface BackendContext {
  readonly deadlines: Deadlines;
  readonly tap: TapRecorder | null;
  /** Of the client. A list of its own for every change. */
  middleware: readonly MiddlewareUse[];
  /** Loads what can be asked of a backend besides calls by name. */
  operations(name: string): Promise<BackendOperations>;
}

/** One configured backend. Its transport is made at the first call; WebSocket and the codec are loaded only then. */
export class Backend {
  readonly via: Transport['via'];
  /** State of its WebSocket; undefined where it has none. */
  readonly link: Signal<BackendState | undefined>;
  /** What holds for a call that says nothing. */
  defaults: CallOptions & { readonly timeout: number } = { timeout: TIMEOUT_MS };
  readonly #context: BackendContext;
  readonly #main: Lazy<Transport>;
  readonly #socket: Lazy<Transport>;
  readonly #pipeline = new Lazy(async () => {
    const { Pipeline } = await import('../pipeline/pipeline.js');
    return new Pipeline(this, this.#context);
  });
  readonly #auth = new Lazy(async () => {
    const { auth, name } = this.config;
    if (auth === undefined) return undefined;
    const { Auth } = await import('../auth/auth.js');
    return new Auth(auth, name);
  });
  #session = { isOver: false };
  #closed = false;

  constructor(
    readonly config: BackendConfig,
    context: BackendContext,
  ) {
    const { url, socketUrl } = config;
    this.#context = context;
    this.via = isSocket(url) ? 'WS' : 'HTTP';
    this.link = signal(isSocket(socketUrl ?? url) ? 'idle' : undefined);
    this.#main = new Lazy(() => this.#open(url));
    this.#socket = socketUrl === undefined ? this.#main : new Lazy(() => this.#open(socketUrl));
  }

  /** `common` is what the client says for all of them. */
  setDefaults(common: CallOptions): void {
    // What is undefined is not said.
    const said = Object.entries(common)
      .concat(Object.entries(this.config))
      .filter(([, value]) => value !== undefined);
    this.defaults = { timeout: TIMEOUT_MS, ...Object.fromEntries(said) };
  }

  /** Whether every call of it has something to be done around it. */
  get isPiped(): boolean {
    const { auth, circuitBreaker, maxConcurrent, middleware } = this.config;
    const own = auth ?? circuitBreaker ?? maxConcurrent ?? middleware;
    return own !== undefined || this.#context.middleware.length > 0 || wantsPipeline(this.defaults);
  }

  /** Who one is there, where the options say how that is known. @throws NetronError `invalid-config` for a wrong option. */
  auth(): Promise<Auth | undefined> {
    return this.#auth.load();
  }

  /** What is done around its calls. @throws NetronError `invalid-config` for a wrong option of it. */
  pipeline(): Promise<Pipeline> {
    return this.#pipeline.load();
  }

  /** Of whoever is signed in there now. */
  get session(): Session {
    return this.#session;
  }

  /** Somebody else may be there from now on: what was begun before, and is still to be sent, is given up. */
  endSession(): void {
    this.#session.isOver = true;
    this.#session = { isOver: false };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The transport, once it is there: calls need not wait for it then. */
  get opened(): Transport | undefined {
    return this.#closed ? undefined : this.#main.value;
  }

  /** @throws NetronError `network` once the client is closed. */
  transport(call: TapCall): Promise<Transport> {
    return this.#ready(this.#main, call);
  }

  /** The one that has streams, events and properties, where there is one. */
  socket(call: TapCall): Promise<Transport> {
    return this.#ready(this.#socket, call);
  }

  /** With the client: all that is under way fails, whatever it waits for. */
  close(): void {
    this.#closed = true;
    this.#context.deadlines.close();
    for (const { loading } of new Set([this.#main, this.#socket])) {
      loading?.then(
        (transport) => transport.close(),
        () => undefined,
      );
    }
  }

  async #ready(transport: Lazy<Transport>, call: TapCall): Promise<Transport> {
    if (this.#closed) throw callError('network', 'the client was closed', call);
    try {
      return await transport.load();
    } catch (error) {
      throw callError('network', `the transport could not be loaded: ${messageOf(error)}`, call, error);
    }
  }

  /** The app's own way to give a token comes first. */
  get #token(): BackendConfig['token'] {
    const { token } = this.config;
    if (token !== undefined || this.config.auth === undefined) return token;
    return async (refresh) => {
      const auth = await this.auth();
      return refresh ? auth?.refresh(auth.token) : auth?.token;
    };
  }

  async #open(url: string): Promise<Transport> {
    const context = this.#context;
    const { deadlines, tap } = context;
    const { config } = this;
    const log = wireLog(tap);
    const token = this.#token;
    const options = { ...config, url, ...(token && { token }) };
    if (!isSocket(url)) return new HttpTransport(options, deadlines.runtime, log);
    const { WsTransport } = await import('../transport/ws-transport.js');
    return new WsTransport(
      options,
      () => context.operations(config.name),
      deadlines,
      log,
      (state) => {
        this.link.value = state;
        tap?.readClock();
        tap?.emit(TapKind.backendState, 0, '', config, state, null);
      },
    );
  }
}

/** Parsed, since schemes may be written in capitals. */
function isSocket(url: string): boolean {
  return new URL(url).protocol.startsWith('ws');
}

/** Null where nobody reads it. */
function wireLog(tap: TapRecorder | null): WireLog | null {
  if (tap === null) return null;
  const note =
    (kind: number): WireLog['sent'] =>
    (call, sizeBytes, label) => {
      tap.readClock();
      tap.emit(kind, call.seq, '', call, sizeBytes, label);
    };
  return { sent: note(TapKind.frameOut), received: note(TapKind.frameIn) };
}
