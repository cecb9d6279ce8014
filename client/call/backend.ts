import { TapKind } from '../../protocol/index.js';
import type { BackendConfig } from '../client-options.js';
import type { Runtime } from '../runtime.js';
import type { ClientTap } from '../tap/client-tap.js';
import { HttpTransport } from '../transport/http-transport.js';
import type { Transport, WireLog } from '../transport/transport.js';

/** One configured backend. Its transport is made at the first call; WebSocket and the codec are loaded only then. */
export class Backend {
  readonly via: Transport['via'];
  readonly #runtime: Runtime;
  readonly #tap: ClientTap | null;
  readonly #log: WireLog;
  #transport: Promise<Transport> | null = null;

  constructor(
    readonly config: BackendConfig,
    runtime: Runtime,
    tap: ClientTap | null,
  ) {
    this.#runtime = runtime;
    this.#tap = tap;
    this.via = config.url.startsWith('ws') ? 'WS' : 'HTTP';
    this.#log = wireLog(tap);
  }

  transport(): Promise<Transport> {
    this.#transport ??= this.#open();
    return this.#transport;
  }

  close(): void {
    const opened = this.#transport;
    this.#transport = null;
    opened?.then((transport) => transport.close());
  }

  async #open(): Promise<Transport> {
    const { url, name } = this.config;
    if (this.via === 'HTTP') return new HttpTransport(url, this.#runtime, this.#log);
    const { WsTransport } = await import('../transport/ws-transport.js');
    return new WsTransport(url, this.#runtime, this.#log, (state) => {
      this.#tap?.readClock();
      this.#tap?.emit(TapKind.backendState, 0, '', { name, url }, state, null);
    });
  }
}

function wireLog(tap: ClientTap | null): WireLog {
  const note = (kind: TapKind): WireLog['sent'] => {
    if (tap === null) return () => undefined;
    return (call, sizeBytes, label) => {
      tap.readClock();
      tap.emit(kind, call.seq, '', call, sizeBytes, label);
    };
  };
  return { sent: note(TapKind.frameOut), received: note(TapKind.frameIn) };
}
