import type { NetronError } from '../../netron-error.js';
import { report } from '../../report.js';
import type { Requests } from './requests.js';
import type { WsLink } from './ws-link.js';

/** What an event carries are its arguments; `A` is what the app takes them for. */
export type EventHandler<A extends readonly unknown[] = readonly unknown[]> = (...args: A) => void;

export interface Subscription {
  /** Resolves when the server has accepted it. */
  readonly ready: Promise<void>;
  unsubscribe(): void;
}

/** One event, and what the server was told about it. */
interface Topic {
  readonly handlers: Set<EventHandler>;
  /** The answer of the server over this connection. Undefined where it was not asked, or refused. */
  asked: Promise<void> | undefined;
  /** It is on its way. */
  pending: boolean;
  /** Its last answer, also over a connection before. */
  accepted: boolean;
}

/**
 * Who listens to which event. Handlers of one event share one subscription at the server; it is made again after every
 * reconnect, and while there is any, the connection is kept up.
 */
export class Subscriptions {
  readonly #topics = new Map<string, Topic>();
  readonly #link: WsLink;
  readonly #requests: Requests;
  #handlers = 0;
  #release: (() => void) | undefined;

  constructor(link: WsLink, requests: Requests) {
    this.#link = link;
    this.#requests = requests;
  }

  add(event: string, handler: EventHandler): Subscription {
    // One of its own for each subscription: the same function may be subscribed twice.
    const own: EventHandler = (...args) => handler(...args);
    const topic = this.#topics.get(event) ?? { handlers: new Set(), asked: undefined, pending: false, accepted: false };
    this.#topics.set(event, topic);
    topic.handlers.add(own);
    this.#handlers++;
    this.#release ??= this.#link.need();
    return {
      ready: this.#ask(event, topic),
      unsubscribe: () => {
        if (!topic.handlers.delete(own)) return;
        this.#forgetUnused(event, topic);
        if (--this.#handlers > 0) return;
        this.#release?.();
        this.#release = undefined;
      },
    };
  }

  /** Over a new connection. */
  renew(): void {
    for (const [event, topic] of this.#topics) this.#ask(event, topic).catch(() => undefined);
  }

  /** Subscriptions are over with their connection. */
  lost(): void {
    for (const [event, topic] of this.#topics) {
      topic.asked = undefined;
      topic.pending = false;
      this.#forgetUnused(event, topic);
    }
  }

  /** All handlers run that have not left meanwhile; what one throws is reported as uncaught, and stops no other. */
  emit(event: string, args: readonly unknown[]): void {
    const { handlers } = this.#topics.get(event) ?? {};
    for (const handler of [...(handlers ?? [])]) {
      try {
        if (handlers?.has(handler)) handler(...args);
      } catch (error) {
        report(error);
      }
    }
  }

  /** Once for each connection, until it is refused. */
  #ask(event: string, topic: Topic): Promise<void> {
    if (topic.asked !== undefined) return topic.asked;
    const settle = (error?: NetronError): void => {
      if (topic.asked !== asked) return;
      topic.pending = false;
      if (error !== undefined) topic.asked = undefined;
      // Without a connection nobody has answered: it is asked again over the next.
      if (error === undefined) topic.accepted = true;
      else if (error.code !== 'network' && this.#link.isOpen) {
        // Who was told that it is accepted would be deaf and not know it.
        if (topic.accepted) report(error);
        topic.accepted = false;
      }
      // Whoever left while it was on its way has had nothing to take back yet.
      this.#forgetUnused(event, topic);
    };
    const asked = this.#requests.task('subscribe', event, 'mutation').then(
      () => settle(),
      (error: NetronError) => {
        settle(error);
        throw error;
      },
    );
    topic.asked = asked;
    topic.pending = true;
    return asked;
  }

  /** Not while the answer is on its way: whoever comes meanwhile shares it. */
  #forgetUnused(event: string, topic: Topic): void {
    if (topic.handlers.size > 0 || topic.pending) return;
    this.#topics.delete(event);
    if (topic.asked !== undefined) this.#requests.tell('unsubscribe', event);
  }
}
