import type { Counters } from './counters.js';
import type { EventBus } from './event-bus.js';
import type { Registry } from './exposure/registry.js';

/** What both transports of one fixture share. */
export interface Backend {
  readonly netronId: string;
  readonly registry: Registry;
  readonly events: EventBus;
  readonly counters: Counters;
  /** Stream ids are counted per server, not per connection, from 1. */
  nextStreamId(): number;
}
