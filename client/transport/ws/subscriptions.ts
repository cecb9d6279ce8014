import { report } from '../../report.js';
import type { Requests } from './requests.js';
import type { WsLink } from './ws-link.js';

export type EventHandler = (...args: readonly unknown[]) => void;

export interface Subscription {
  /** Resolves when the server has accepted it. */
  readonly ready: Promise<void>;
  unsubscribe(): void;
}

/**
 * Who listens to which event. Handlers of one event share one subscription at the server; it is made again after every
 * reconnect, and while there is any, the connection is kept up.
 */
export class Subscriptions {
  readonly #handlers = new Map<string, Set<EventHandler>>();
  readonly #link: WsLink;
  readonly #requests: Requests;
  #release: (() => void) | undefined;

  constructor(link: WsLink, requests: Requests) {
    this.#link = link;
    this.#requests = requests;
  }

  add(event: string, handler: EventHandler): Subscription {
    // One of its own for each subscription: the same function may be subscribed twice.
    const own: EventHandler = (...args) => handler(...args);
    const others = this.#handlers.get(event);
    const handlers = others ?? new Set();
    handlers.add(own);
    this.#handlers.set(event, handlers);
    this.#release ??= this.#link.need();
    const asks = others === undefined || !this.#link.isOpen;
    const ready: Promise<unknown> = asks ? this.#requests.task('subscribe', event) : Promise.resolve();
    return {
      // Whoever left while it was on its way has had nothing to take back yet.
      ready: ready.then(() => this.#takeBack(event)),
      unsubscribe: () => {
        if (!handlers.delete(own) || handlers.size > 0) return;
        this.#handlers.delete(event);
        this.#takeBack(event);
        if (this.#handlers.size > 0) return;
        this.#release?.();
        this.#release = undefined;
      },
    };
  }

  /** Over a new connection. */
  renew(): void {
    for (const event of this.#handlers.keys()) this.#requests.tell('subscribe', event);
  }

  /** All handlers run; what one throws is reported as uncaught, and stops no other. */
  emit(event: string, args: readonly unknown[]): void {
    for (const handler of [...(this.#handlers.get(event) ?? [])]) {
      try {
        handler(...args);
      } catch (error) {
        report(error);
      }
    }
  }

  #takeBack(event: string): void {
    if (!this.#handlers.has(event) && this.#link.isOpen) this.#requests.tell('unsubscribe', event);
  }
}
