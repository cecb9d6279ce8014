/** MessagePack ext types of the profile (PROTOCOL §5). */
export const nothing = 0;
export const streamReference = 107;
export const reference = 108;
export const definition = 109;
export const titanError = 110;
export const long = 119;
export const bigint = 120;
export const regexp = 121;
export const set = 123;
export const map = 124;
export const date = 125;
export const error = 126;

/** Class ids inside ext 126, by index + 1. Anything else travels as 1, `Error`. */
export const ERROR_CLASSES = [
  Error,
  SyntaxError,
  TypeError,
  ReferenceError,
  RangeError,
  EvalError,
  URIError,
] as const satisfies readonly (new (
  message: string,
) => Error)[];
