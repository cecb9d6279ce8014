import { effect } from '@preact/signals-core';

/** Resolves as soon as `condition` holds; asked again whenever a signal that it read has changed. */
export function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let stop: (() => void) | undefined;
    let done = false;
    stop = effect(() => {
      if (done || !condition()) return;
      done = true;
      stop?.();
      resolve();
    });
    if (done) stop();
  });
}

/** Every value that an observer of the signals in `read` gets to see, the first one included. */
export function recordViews<T>(read: () => T): { readonly views: T[]; stop(): void } {
  const views: T[] = [];
  const stop = effect(() => {
    views.push(read());
  });
  return { views, stop };
}

/** How a promise settled: nothing that rejects goes unhandled, and nothing settles twice unseen. */
export function outcomeOf<T>(promise: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}
