import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { BackendHandle, BackendState } from '../backend-handle.js';
import type { NetronError } from '../netron-error.js';
import { useNetronClient } from './netron-provider.js';

export interface UseBackendResult {
  /** Of the backend's WebSocket; undefined where it has none, and until the handle is there. */
  readonly state: ReadonlySignal<BackendState | undefined>;
  /** What can be asked of the backend besides calls. Loaded with its first use, and undefined until then. */
  readonly handle: ReadonlySignal<BackendHandle | undefined>;
  /** That there is no backend of this name. */
  readonly error: ReadonlySignal<NetronError | undefined>;
}

/**
 * One backend and how its connection is. Without a name, the default one. It opens no connection by itself.
 *
 * @throws NetronError `invalid-config` without a provider.
 */
export function useBackend(name?: string): UseBackendResult {
  const client = useNetronClient();
  return useMemo(() => {
    const handle = signal<BackendHandle | undefined>(undefined);
    const error = signal<NetronError | undefined>(undefined);
    client.backend(name).then(
      (backend) => {
        handle.value = backend;
      },
      (thrown: NetronError) => {
        error.value = thrown;
      },
    );
    return { state: computed(() => handle.value?.state.value), handle, error };
  }, [client, name]);
}
