import { callError } from '../call/call-error.js';
import { isNetronError } from '../netron-error.js';
import { shown } from '../option-error.js';

/** One call on its way through the onion. */
export interface CallContext {
  readonly kind: 'query' | 'mutation' | 'stream';
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  /** What is sent; a middleware may put others in their place before it calls `next()`. */
  args: readonly unknown[];
  /** Further HTTP headers of this call. A Titan of another origin allows a page none of its own (PROTOCOL §3.8). */
  headers: Record<string, string>;
  /** Aborts with the call: at its deadline, or when nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** For middleware to leave notes to one another. */
  readonly meta: Map<string, unknown>;
}

/** Goes on inwards, to the next middleware and at last to the network. Gives the result, rejects with the error. */
export type Next = () => Promise<unknown>;

/**
 * A layer around a call: what it gives is the result, what it throws is the error. It may change the context before
 * `next()`, and call `next()` again once the first has settled, which sends the call anew; not at all, and nothing is sent.
 */
export type Middleware = (context: CallContext, next: Next) => Promise<unknown> | unknown;

/** A middleware and what errors call it. */
export interface Layer {
  readonly name: string;
  readonly run: Middleware;
}

/**
 * Runs a call through its layers, the first one outermost.
 *
 * @param innermost the call itself; it rejects with a NetronError.
 * @param index the first layer to run, 0 by default.
 * @throws NetronError of the call or of a middleware; `invalid-config` with the name of the middleware and the cause, when
 * it threw anything else or called `next()` at a wrong time.
 */
export async function compose(
  layers: readonly Layer[],
  context: CallContext,
  innermost: Next,
  index = 0,
): Promise<unknown> {
  const layer = layers[index];
  if (layer === undefined) return innermost();
  const fail = (what: string, cause?: unknown) =>
    callError('invalid-config', `middleware ${layer.name} ${what}`, context, cause);
  let state = 'free' as 'free' | 'pending' | 'done';
  let inner: Promise<unknown> | undefined;
  // Something that no layer can throw.
  let fromWithin: unknown = fail;
  const goOn = async (): Promise<unknown> => {
    if (state !== 'free') throw fail(`called next() when it was ${state}`);
    state = 'pending';
    try {
      return await compose(layers, context, innermost, index + 1);
    } catch (error) {
      fromWithin = error;
      throw error;
    } finally {
      if (state === 'pending') state = 'free';
    }
  };
  try {
    return await layer.run(context, () => {
      inner = goOn();
      return inner;
    });
  } catch (error) {
    throw error === fromWithin || isNetronError(error) ? error : fail(`threw: ${shown(error)}`, error);
  } finally {
    // Whoever waited for the call has its outcome: of what is still under way, or sent from here on, nobody would hear.
    if (state === 'pending') inner?.catch(() => undefined);
    state = 'done';
  }
}
