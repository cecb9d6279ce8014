import type { TapCall } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { BackendOperations } from '../backend-operations.js';
import type { BackendConfig } from '../client-options.js';
import type { Runtime } from '../runtime.js';
import type { ClientTap } from '../tap/client-tap.js';
import { HttpTransport } from '../transport/http-transport.js';
import type { Transport, WireLog } from '../transport/transport.js';
import { callError } from './call-error.js';

/** One configured backend. Its transport is made at the first call; WebSocket and the codec are loaded only then. */
export class Backend {
  readonly via: Transport['via'];
  readonly #runtime: Runtime;
  readonly #tap: ClientTap | null;
  readonly #log: WireLog;
  #transport: Promise<Transport> | null = null;
  #closed = false;

  constructor(
    readonly config: BackendConfig,
    runtime: Runtime,
    tap: ClientTap | null,
    /** Loads what can be asked of it besides calls by name. */
    readonly operations: () => Promise<BackendOperations>,
  ) {
    this.#runtime = runtime;
    this.#tap = tap;
    // Parsed, since schemes may be written in capitals.
    this.via = new URL(config.url).protocol.startsWith('ws') ? 'WS' : 'HTTP';
    this.#log = wireLog(tap);
  }

  /** @throws NetronError `network` once the client is closed. */
  async transport(call: TapCall): Promise<Transport> {
    if (this.#closed) throw callError('network', 'the client was closed', call);
    this.#transport ??= this.#open();
    const opening = this.#transport;
    try {
      return await opening;
    } catch (error) {
      // A chunk that could not be loaded may load the next time.
      if (this.#transport === opening) this.#transport = null;
      throw callError('network', `the transport could not be loaded: ${String(error)}`, call, error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#transport?.then(
      (transport) => transport.close(),
      () => undefined,
    );
  }

  async #open(): Promise<Transport> {
    const { config } = this;
    if (this.via === 'HTTP') return new HttpTransport(config, this.#runtime, this.#log);
    const { WsTransport } = await import('../transport/ws-transport.js');
    return new WsTransport(config, this.operations, this.#runtime, this.#log, (state) => {
      this.#tap?.readClock();
      this.#tap?.emit(TapKind.backendState, 0, '', config, state, null);
    });
  }
}

function wireLog(tap: ClientTap | null): WireLog {
  const note = (kind: number): WireLog['sent'] => {
    if (tap === null) return () => undefined;
    return (call, sizeBytes, label) => {
      tap.readClock();
      tap.emit(kind, call.seq, '', call, sizeBytes, label);
    };
  };
  return { sent: note(TapKind.frameOut), received: note(TapKind.frameIn) };
}
