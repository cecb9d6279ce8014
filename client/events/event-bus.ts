import { NetronError } from '../netron-error.js';
import { assertArgument } from './assert-argument.js';
import { Emission, type Run } from './emission.js';
import { MAX_EVENT_LISTENERS, MAX_EVENT_MIDDLEWARE, MAX_EVENT_NESTING } from './event-limits.js';
import type { EventBusHandler, EventMap, EventName, EventPattern } from './event-map.js';
import type { EventMiddleware, Layer } from './event-middleware.js';
import { callAll, callParallel, callReduce, callSerial } from './handler-runs.js';
import { type Subscription, Subscriptions } from './subscriptions.js';

export interface EventBusOptions {
  /** Handlers on the whole bus, from 1 up. Default 10,000. One more is refused: it is a leak that this finds. */
  readonly maxListeners?: number | undefined;
}

export interface ListenOptions {
  /** Higher ones are called first, equal ones in the order in which they were added. Default 0; not NaN. */
  readonly priority?: number | undefined;
  /** Removes the handler when it aborts; one that has aborted already adds none. */
  readonly signal?: AbortSignal | undefined;
  /** Removes the handler when it is called. Default false. */
  readonly once?: boolean | undefined;
}

export interface EventBusStats {
  /** Handlers on the bus now. */
  readonly listeners: number;
  /** Different patterns among them. Each is tried once for every new event name. */
  readonly patterns: number;
  /** Layers of middleware now. */
  readonly middleware: number;
  /** Event names whose list of handlers is kept ready, 512 at most. */
  readonly cachedNames: number;
  /** Lists given up for those of other names, since the start. Many mean that event names carry ids. */
  readonly evictedNames: number;
}

/**
 * Events inside the page, apart from any server: `new EventBus<{ 'order:created': [order: Order] }>()`. A name with `*`
 * is a pattern, in which `*` stands for any run of characters: `order:*` hears `order:created` and `order:item:added`.
 *
 * An emit calls those who listened when it began: who is added or removed meanwhile counts from the next emit on. A
 * handler that throws stops no other; when all have run, the emit throws (or rejects with) what was thrown: one error as
 * it is, several as an `AggregateError` in the order of the handlers.
 */
export class EventBus<Events extends EventMap<Events> = Record<string, readonly unknown[]>> {
  readonly #subscriptions: Subscriptions;
  /** Emits that have begun synchronously inside each other. */
  readonly #nested: Emission[] = [];
  /** Replaced, never changed: emits under way hold it. */
  #layers: readonly Layer[] = [];

  /** @throws NetronError `invalid-argument` when `maxListeners` is no whole number from 1 up. */
  constructor(options: EventBusOptions = {}) {
    assertOptions(options);
    const { maxListeners = MAX_EVENT_LISTENERS } = options;
    const fits = Number.isInteger(maxListeners) && maxListeners > 0;
    assertArgument(fits, 'maxListeners', maxListeners, 'a whole number from 1 up');
    this.#subscriptions = new Subscriptions(maxListeners);
  }

  /**
   * Adds a handler; added twice, it is called twice.
   *
   * @returns removes it again; calling that twice does no harm.
   * @throws NetronError `invalid-argument` that names what is wrong; `overflow` over `maxListeners`, with
   * `details.event`. The bus is as before.
   */
  on<Pattern extends EventName<Events> | EventPattern>(
    pattern: Pattern,
    handler: EventBusHandler<Events, Pattern>,
    options: ListenOptions = {},
  ): () => void {
    assertListener(pattern, handler);
    assertOptions(options);
    const { priority = 0, signal, once = false } = options;
    assertArgument(typeof priority === 'number' && !Number.isNaN(priority), 'priority', priority, 'a number');
    assertArgument(typeof once === 'boolean', 'once', once, 'a boolean');
    const isSignal = signal === undefined || typeof signal?.addEventListener === 'function';
    assertArgument(isSignal, 'signal', signal, 'an AbortSignal');
    if (signal?.aborted) return () => {};
    return this.#subscriptions.add(pattern, handler as Subscription['handler'], priority, once, signal);
  }

  /** The same as `on` with `once`: the handler is called by one emit at most, also if emits overlap. */
  once<Pattern extends EventName<Events> | EventPattern>(
    pattern: Pattern,
    handler: EventBusHandler<Events, Pattern>,
    options: ListenOptions = {},
  ): () => void {
    assertOptions(options);
    return this.on(pattern, handler, { ...options, once: true });
  }

  /** Removes the handler from this name or pattern, as often as it was added. One that is not there is no error. */
  off<Pattern extends EventName<Events> | EventPattern>(
    pattern: Pattern,
    handler: EventBusHandler<Events, Pattern>,
  ): void {
    assertListener(pattern, handler);
    this.#subscriptions.stop(pattern, handler);
  }

  /** How many handlers an emit of this event would call, those of patterns too. */
  listenerCount(event: EventName<Events>): number {
    return this.#subscriptions.of(event).length;
  }

  /** Removes all handlers. Middleware stays. */
  clear(): void {
    this.#subscriptions.stop();
  }

  /**
   * Puts a layer around every emit, inside those that are there already.
   *
   * @returns removes it again.
   * @throws NetronError `invalid-argument` for no function, `overflow` over 20 layers.
   */
  use(middleware: EventMiddleware<Events>): () => void {
    assertArgument(typeof middleware === 'function', 'middleware', middleware, 'a function');
    if (this.#layers.length >= MAX_EVENT_MIDDLEWARE) {
      throw new NetronError(
        'overflow',
        `there are ${MAX_EVENT_MIDDLEWARE} layers of middleware: are they never removed?`,
      );
    }
    // Bound, so that the same function may be there twice and each be removed by itself.
    const layer = (middleware as Layer).bind(undefined);
    this.#layers = [...this.#layers, layer];
    return () => {
      this.#layers = this.#layers.filter((one) => one !== layer);
    };
  }

  /**
   * Calls the handlers and does not wait: what an async one rejects with is an unhandled rejection. Middleware must
   * call `next()` before it first waits.
   *
   * @throws what handlers and middleware have thrown; NetronError `invalid-argument` for no event name, `overflow` for
   * emits nested deeper than 50, that is in a circle.
   */
  emit<Name extends EventName<Events>>(event: Name, ...args: Events[Name]): void {
    const emission = this.#begin(event, callAll, undefined);
    // The way through no layers costs no promise.
    if (this.#layers.length > 0) void emission.pass(args);
    else callAll(emission, args);
    this.#nested.pop();
    emission.answer();
  }

  /** Calls all handlers at once. @returns their results, in their order; rejects when all have settled. */
  emitParallel<Name extends EventName<Events>>(event: Name, ...args: Events[Name]): Promise<readonly unknown[]> {
    return this.#emitLater(event, args, callParallel, []) as Promise<readonly unknown[]>;
  }

  /** Calls each handler when the one before has settled, be it with an error. @returns their results. */
  emitSerial<Name extends EventName<Events>>(event: Name, ...args: Events[Name]): Promise<readonly unknown[]> {
    return this.#emitLater(event, args, callSerial, []) as Promise<readonly unknown[]>;
  }

  /**
   * Leads the first argument through the handlers, `(accumulator, ...rest) => next`, each awaited; the first error ends
   * it. Handlers are trusted to return what the event declares: one that returns nothing makes it undefined.
   */
  emitReduce<Name extends EventName<Events>>(event: Name, ...args: Events[Name]): Promise<Events[Name][0]> {
    return this.#emitLater(event, args, callReduce, args[0]);
  }

  /** The same from the last handler to the first. */
  emitReduceRight<Name extends EventName<Events>>(event: Name, ...args: Events[Name]): Promise<Events[Name][0]> {
    return this.#emitLater(event, args, callReduce, args[0], true);
  }

  stats(): EventBusStats {
    return { ...this.#subscriptions.stats(), middleware: this.#layers.length };
  }

  async #emitLater(
    event: string,
    args: readonly unknown[],
    run: Run,
    unchanged: unknown,
    isReversed = false,
  ): Promise<unknown> {
    const emission = this.#begin(event, run, unchanged, isReversed);
    const ended = emission.pass(args);
    // Only what runs before the first wait is on the stack.
    this.#nested.pop();
    await ended;
    return emission.answer();
  }

  #begin(event: string, run: Run, unchanged: unknown, isReversed?: boolean): Emission {
    const nested = this.#nested;
    const listeners = this.#subscriptions.of(event);
    if (nested.length >= MAX_EVENT_NESTING) {
      for (const outer of nested) outer.isStopped = true;
      throw new NetronError('overflow', `${event} is emitted inside itself, ${MAX_EVENT_NESTING} times over`);
    }
    const inOrder = isReversed ? [...listeners].reverse() : listeners;
    const emission = new Emission(event, inOrder, this.#layers, run, unchanged);
    nested.push(emission);
    return emission;
  }
}

function assertListener(pattern: unknown, handler: unknown): void {
  assertArgument(typeof pattern === 'string' && pattern !== '', 'event or pattern', pattern, 'a name');
  assertArgument(typeof handler === 'function', 'handler', handler, 'a function');
}

function assertOptions(options: unknown): void {
  assertArgument(options === Object(options), 'options', options, 'an object');
}
