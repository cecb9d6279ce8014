import type { AuthContext } from '../auth/authenticator.js';
import { cookieOf } from '../auth/cookie.js';
import type { Backend } from '../backend.js';
import type { CallContext } from './call-context.js';

/** Who calls. */
export interface Caller {
  /** Undefined for the anonymous. */
  readonly user: AuthContext | undefined;
  /** What the anonymous are told apart by, such as their address. */
  readonly client: string;
  /** The `Cookie` header of the request or of the upgrade. */
  readonly cookies: string | undefined;
}

/**
 * One call while it is served, as its method sees it. What few methods ask for is made when they do: a signal alone
 * costs more than the rest of a small call.
 */
export class ServedCall implements CallContext {
  readonly user: AuthContext | undefined;
  readonly client: string;
  readonly #cookies: string | undefined;
  readonly #backend: Backend;
  #aborted = false;
  #controller: AbortController | undefined;

  constructor(backend: Backend, { user, client, cookies }: Caller) {
    this.#backend = backend;
    this.user = user;
    this.client = client;
    this.#cookies = cookies;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** A function of its own, so that it may be taken out of the context. */
  get emit(): CallContext['emit'] {
    return (event, ...args) => this.#backend.events.emit(event, ...args);
  }

  get cookie(): CallContext['cookie'] {
    return (name) => cookieOf(this.#cookies, name);
  }

  /** True as soon as nobody waits for the result any more. */
  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
