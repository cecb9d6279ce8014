/** As uncaught, to whoever listens for that: what an app's own code throws where nobody can be told, and must stop nothing. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
