import type { EventMap, EventName } from './event-map.js';

/** What the handlers, and the middleware further in, have made of an emit. */
export interface EventOutcome {
  /** A list of results, the accumulator, or undefined: what the emit will give if nothing has failed. */
  readonly value: unknown;
  /** What was thrown. The emit throws it too, whatever the middleware does. */
  readonly errors: readonly unknown[];
}

/**
 * Goes on, with other arguments if given. In `emit` the handlers have run when it returns. The promise is never rejected
 * by what a handler throws. Throws `invalid-argument` when it is called twice, or after its middleware has ended.
 */
export type EventNext<Args> = (args?: Readonly<Args>) => Promise<EventOutcome>;

/**
 * Stands around every emit of a bus. Without `next()` no handler is called. What it returns is waited for, but is not
 * the result; what it throws is added to the errors of the emit.
 */
export type EventMiddleware<Events extends EventMap<Events>> = (
  ...call: {
    [Name in EventName<Events>]: [event: Name, args: Readonly<Events[Name]>, next: EventNext<Events[Name]>];
  }[EventName<Events>]
) => unknown;

export type Layer = (event: string, args: readonly unknown[], next: EventNext<readonly unknown[]>) => unknown;
