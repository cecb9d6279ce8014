/** Argument tuples by event name. Written so that an `interface` fits, which has no index signature. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

/** A name with `*`, which stands for any run of characters, also none. */
export type EventPattern = `${string}*${string}`;

/** What can be emitted. */
export type EventName<Events> = Exclude<keyof Events & string, EventPattern>;

/** Handlers of a pattern get the arguments of whatever event came: `unknown` until they look. */
export type EventArgs<Events extends EventMap<Events>, Pattern> = Pattern extends EventPattern
  ? readonly unknown[]
  : Pattern extends keyof Events
    ? Events[Pattern]
    : never;

/** What it returns is its result in `emitParallel` and `emitSerial`, and the next accumulator in `emitReduce`. */
export type EventBusHandler<Events extends EventMap<Events>, Pattern> = (
  ...args: EventArgs<Events, Pattern>
) => unknown;
