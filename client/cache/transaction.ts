import { batch } from '@preact/signals-core';

/**
 * Runs `change` so that its changes are seen as one. What an effect of the app throws at the sight of them is reported,
 * and stops nothing: by then all effects have run.
 */
export function transact<T>(change: () => T): T {
  let done: { readonly value: T } | undefined;
  try {
    batch(() => {
      done = { value: change() };
    });
  } catch (error) {
    if (done === undefined) throw error;
    report(error);
  }
  return (done as unknown as { readonly value: T }).value;
}

/** As uncaught, to whoever listens for that. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
