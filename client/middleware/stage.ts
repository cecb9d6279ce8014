import type { NetronError } from '../netron-error.js';
import type { CallContext, Middleware } from './middleware.js';
import { transformErrors } from './transform-errors.js';

/** When a {@link StageHandler} runs: before the call, after its success, after its failure. */
export type Stage = 'PRE_REQUEST' | 'POST_RESPONSE' | 'ERROR';

interface StageValues {
  readonly PRE_REQUEST: undefined;
  readonly POST_RESPONSE: unknown;
  readonly ERROR: NetronError;
}

/**
 * A middleware without `next`. `value` is the result in `POST_RESPONSE` and the error in `ERROR`. What it gives takes the
 * place of the result, unless it is undefined; in `ERROR`, an Error or a string takes the place of the error. What it
 * throws fails the call.
 */
export type StageHandler<S extends Stage = Stage> = (context: CallContext, value: StageValues[S]) => unknown;

export function stageMiddleware(stage: Stage, handler: StageHandler): Middleware {
  if (stage === 'ERROR') return transformErrors((error, context) => handler(context, error));
  if (stage === 'PRE_REQUEST') {
    return async (context, next) => {
      await handler(context, undefined);
      return next();
    };
  }
  return async (context, next) => {
    const value = await next();
    const replaced = await handler(context, value);
    return replaced === undefined ? value : replaced;
  };
}
