import { effect, type ReadonlySignal } from '@preact/signals';
import type { BackendState } from '../backend-handle.js';

/** Tells when a connection is open again after a loss, and of the loss itself. Returns what ends it. */
export function watchLosses(
  link: ReadonlySignal<BackendState | undefined>,
  onReopen: () => void,
  onLoss?: () => void,
): () => void {
  let wasLost = false;
  return effect(() => {
    const state = link.value;
    if (state === 'waiting') onLoss?.();
    if (state === 'open' && wasLost) onReopen();
    wasLost = state === 'waiting' || (wasLost && state !== 'open');
  });
}
