const errors = Error as { stackTraceLimit?: unknown };

/**
 * Makes an error that stands for one of the other side. Where it was decoded tells nobody anything, and capturing that
 * stack would be most of the time and the memory that a received error costs.
 */
export function withoutStack<E>(make: () => E): E {
  const { stackTraceLimit } = errors;
  // Firefox has no such limit, and a frozen `Error` none that can be changed.
  if (stackTraceLimit === undefined || !Reflect.set(errors, 'stackTraceLimit', 0)) return make();
  try {
    return make();
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
  }
}
