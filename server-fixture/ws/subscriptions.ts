import { PacketType, TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { MAX_LABEL_LENGTH } from '../limits.js';
import type { PeerLink } from './peer-link.js';
import { Receipts } from './receipts.js';

/** The events that one peer wants (PROTOCOL §7). They are sent at most once and never kept for later. */
export class Subscriptions {
  readonly #backend: Backend;
  readonly #link: PeerLink;
  readonly #receipts: Receipts;
  readonly #stops = new Map<string, () => void>();

  constructor(backend: Backend, link: PeerLink) {
    this.#backend = backend;
    this.#link = link;
    this.#receipts = new Receipts(backend.counters, backend.limits.ackTimeoutMs);
  }

  /** @throws TitanError 400 for what is no event name, 429 above the limit. */
  add(name: unknown): void {
    const event = parseEventName(name);
    if (this.#stops.has(event)) return;
    const { counters, limits } = this.#backend;
    if (this.#stops.size >= limits.subscriptions) {
      counters.refusedSubscriptions++;
      throw new TitanError(429, `At most ${limits.subscriptions} subscriptions per peer`);
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

  /** The client's answer to the event of that packet. */
  acknowledge(packetId: number): void {
    this.#receipts.arrive(packetId);
  }

  clear(): void {
    this.#receipts.clear();
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
      this.#receipts.expect(this.#link.request(PacketType.task, ['emit', event, ...args]));
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
