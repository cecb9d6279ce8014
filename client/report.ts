/** As uncaught, to whoever listens for that: what an app's own code throws where nobody can be told, and must stop nothing. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Whoever only looks on must not change what becomes of a call: what it throws is reported. */
export function tell<T>(listener: (about: T) => void, about: T): void {
  try {
    listener(about);
  } catch (error) {
    report(error);
  }
}
