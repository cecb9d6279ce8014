/** MessagePack ext types of the profile (PROTOCOL §5). */
export const ExtensionType = {
  undefined: 0,
  streamReference: 107,
  reference: 108,
  definition: 109,
  titanError: 110,
  long: 119,
  bigint: 120,
  regexp: 121,
  set: 123,
  map: 124,
  date: 125,
  error: 126,
} as const;

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
