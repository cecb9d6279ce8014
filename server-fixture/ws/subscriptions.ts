import { PacketType, TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { MAX_LABEL_LENGTH, MAX_SUBSCRIPTIONS_PER_PEER } from '../limits.js';
import type { PeerLink } from './peer-link.js';

/** The events that one peer wants (PROTOCOL §7). They are sent at most once and never kept for later. */
export class Subscriptions {
  readonly #backend: Backend;
  readonly #link: PeerLink;
  readonly #stops = new Map<string, () => void>();

  constructor(backend: Backend, link: PeerLink) {
    this.#backend = backend;
    this.#link = link;
  }

  /** @throws TitanError 400 for what is no event name, 429 above {@link MAX_SUBSCRIPTIONS_PER_PEER}. */
  add(name: unknown): void {
    const event = parseEventName(name);
    if (this.#stops.has(event)) return;
    if (this.#stops.size >= MAX_SUBSCRIPTIONS_PER_PEER) {
      throw new TitanError(429, `At most ${MAX_SUBSCRIPTIONS_PER_PEER} subscriptions per peer`);
    }
    this.#stops.set(
      event,
      this.#backend.events.on(event, (args) => this.#deliver(event, args)),
    );
  }

  /** @throws TitanError 400 for what is no event name. */
  remove(name: unknown): void {
    const event = parseEventName(name);
    this.#stops.get(event)?.();
    this.#stops.delete(event);
  }

  clear(): void {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  #deliver(event: string, args: readonly unknown[]): void {
    const { counters } = this.#backend;
    if (this.#link.congested) {
      counters.eventsDropped++;
      return;
    }
    try {
      this.#link.request(PacketType.task, ['emit', event, ...args]);
      counters.eventsSent++;
    } catch {
      // One peer's event that cannot be encoded must not fail whoever emitted it.
      counters.eventsDropped++;
    }
  }
}

function parseEventName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_LABEL_LENGTH) return name;
  throw new TitanError(400, `Invalid event name: expected a string of 1 to ${MAX_LABEL_LENGTH} characters`);
}
