import { batch } from '@preact/signals-core';
import { report } from '../report.js';

/**
 * Runs `change` so that its changes are seen as one. What an effect of the app throws at the sight of them is reported,
 * and stops nothing: by then all effects have run.
 */
export function transact<T>(change: () => T): T {
  let isDone = false;
  let value: T | undefined;
  try {
    batch(() => {
      value = change();
      isDone = true;
    });
  } catch (error) {
    if (!isDone) throw error;
    report(error);
  }
  return value as T;
}
