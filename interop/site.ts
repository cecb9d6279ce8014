import { type BackendOptions, NetronClient } from '../client/index.js';
import type { Via } from './case.js';
import { Unmet } from './expect.js';
import { NodeRuntime, type Traffic } from './node-runtime.js';

/** Where the server under test listens. Both URLs are of one server. */
export type ServerUrls = Readonly<Record<Via, string>>;

export interface Connection {
  readonly client: NetronClient;
  readonly traffic: Traffic;
}

/** What one case works with: clients of its own, and a place for what has to be put back after it. */
export class Site {
  readonly #urls: ServerUrls;
  readonly #deadlineMs: number;
  readonly #opened: { readonly client: NetronClient; readonly runtime: NodeRuntime }[] = [];
  readonly #restores: (() => Promise<unknown>)[] = [];
  #default: Connection | undefined;
  #ended = false;

  constructor(
    readonly via: Via,
    urls: ServerUrls,
    deadlineMs: number,
  ) {
    this.#urls = urls;
    this.#deadlineMs = deadlineMs;
  }

  /** Of the case's transport, with nothing configured. */
  get client(): NetronClient {
    return this.#plain().client;
  }

  /** Of {@link client}. */
  get traffic(): Traffic {
    return this.#plain().traffic;
  }

  /** One more client. A call of it has half of the case's time, so that its own error names it before the case is over. */
  open(options: Omit<BackendOptions, 'url'> = {}, via: Via = this.via): Connection {
    if (this.#ended) throw new Unmet('the case is over');
    const url = this.#urls[via];
    const runtime = new NodeRuntime(via === 'http' ? new URL(url).origin : undefined);
    const timeout = this.#deadlineMs / 2;
    const backends = { [via]: { url, timeout, ...options } };
    const client = new NetronClient({ backends, devtools: false, runtime: runtime.runtime });
    this.#opened.push({ client, runtime });
    return { client, traffic: runtime };
  }

  /** Puts the server back as it was, also when the case has failed or ran out of time. */
  onEnd(restore: () => Promise<unknown>): void {
    this.#restores.push(restore);
  }

  /** A text that no other run and no other case has used. */
  unique(what: string): string {
    return `${what}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  }

  async restore(): Promise<void> {
    for (const restore of this.#restores.splice(0).reverse()) await restore();
  }

  close(): void {
    this.#ended = true;
    for (const { client, runtime } of this.#opened.splice(0)) {
      client.close();
      runtime.dispose();
    }
  }

  #plain(): Connection {
    this.#default ??= this.open();
    return this.#default;
  }
}
