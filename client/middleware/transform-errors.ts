import { isNetronError, NetronError, type NetronErrorFields } from '../netron-error.js';
import type { CallContext, Middleware } from './middleware.js';

/**
 * Puts other errors in the place of those of calls. A NetronError is thrown as it is; another Error or a string becomes
 * the reason of a NetronError that keeps code, status and the rest of the original, with what was given as its cause.
 * Anything else leaves the original.
 */
export function transformErrors(transform: (error: NetronError, context: CallContext) => unknown): Middleware {
  return async (context, next) => {
    try {
      return await next();
    } catch (error) {
      throw isNetronError(error) ? replaced(error, await transform(error, context)) : error;
    }
  };
}

function replaced(error: NetronError, made: unknown): NetronError {
  if (isNetronError(made)) return made;
  const isError = made instanceof Error;
  if (!isError && typeof made !== 'string') return error;
  // Fields that are undefined stand for absent ones.
  return new NetronError(error.code, isError ? made.message : made, { ...error, cause: made } as NetronErrorFields);
}
