import { NetronError } from '../netron-error.js';
import { assertArgument } from './assert-argument.js';
import type { EventOutcome, Layer } from './event-middleware.js';
import type { Subscription } from './subscriptions.js';

/** Calls the handlers, and puts results and errors into the emission. */
export type Run = (emission: Emission, args: readonly unknown[]) => Promise<void> | void;

/** One emit under way, from the outermost middleware to the handlers and back. */
export class Emission implements EventOutcome {
  readonly errors: unknown[] = [];
  /** Set when events go in a circle: then no handler is called any more, or two in a circle would never end. */
  isStopped = false;
  /** The caller has got its answer: what is thrown from now on must be thrown by somebody else. */
  isAnswered = false;

  constructor(
    readonly event: string,
    readonly listeners: readonly Subscription[],
    readonly layers: readonly Layer[],
    readonly run: Run,
    public value: unknown,
  ) {}

  /** Whether this one is to be called now. */
  claim(listener: Subscription): boolean {
    if (this.isStopped || listener.isSpent) return false;
    if (listener.isOnce) {
      listener.isSpent = true;
      listener.stop();
    }
    return true;
  }

  /** Through the layers from this depth on. Begins at once: with synchronous layers, handlers have run when it returns. */
  async pass(args: readonly unknown[], depth = 0): Promise<EventOutcome> {
    const layer = this.layers[depth];
    if (layer === undefined) {
      await this.run(this, args);
      return this;
    }
    let isOpen = true;
    let inner: Promise<EventOutcome> | undefined;
    const next = (replaced = args): Promise<EventOutcome> => {
      assertArgument(Array.isArray(replaced), 'argument of next()', replaced, 'an array');
      if (!isOpen || this.isAnswered) {
        throw new NetronError('invalid-argument', `next() for ${this.event} came twice, or too late`);
      }
      isOpen = false;
      inner = this.pass(replaced, depth + 1);
      return inner;
    };
    try {
      await layer(this.event, args, next);
    } catch (error) {
      if (this.isAnswered) throw error;
      this.errors.push(error);
    }
    isOpen = false;
    // A layer that does not wait for what it has begun must not hide it.
    await inner;
    return this;
  }

  /** Gives the value, or throws one error as it is, several together. */
  answer(): unknown {
    this.isAnswered = true;
    const { errors } = this;
    if (errors.length === 0) return this.value;
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} errors in ${this.event}`);
  }
}
