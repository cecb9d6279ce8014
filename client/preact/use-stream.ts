import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { canonicalKey } from '../cache/canonical-key.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import type { Args, Item, Method, ServiceRef } from '../service.js';
import type { StreamOptions } from '../stream/streams.js';
import { useNetronClient } from './netron-provider.js';

export interface UseStreamOptions<I> extends StreamOptions {
  /** Called with every chunk, in order. Default: nothing. */
  readonly onChunk?: (chunk: I) => void;
}

export interface UseStreamResult<I> {
  /** The newest chunk. */
  readonly data: ReadonlySignal<I | undefined>;
  readonly status: ReadonlySignal<'opening' | 'open' | 'ended' | 'failed'>;
  readonly error: ReadonlySignal<NetronError | undefined>;
  /** Opens it again, after an end or a failure. */
  readonly restart: () => void;
}

/** Reads a stream while the component is mounted. Other arguments are another stream. */
export function useStream<T extends object, K extends Method<T>>(
  service: ServiceRef<T>,
  method: K,
  args: Args<T, K>,
  options: UseStreamOptions<Item<T, K>> = {},
): UseStreamResult<Item<T, K>> {
  const client = useNetronClient();
  const data = useSignal<Item<T, K> | undefined>(undefined);
  const status = useSignal<'opening' | 'open' | 'ended' | 'failed'>('opening');
  const error = useSignal<NetronError | undefined>(undefined);
  const latest = useRef(options);
  latest.current = options;
  const [run, setRun] = useState(0);
  const place = { backend: service.backend ?? '', service: service.name, method };
  const key = [place.backend, service.name, service.version, method, canonicalKey(args, place)].join('|');
  useEffect(() => {
    data.value = undefined;
    status.value = 'opening';
    error.value = undefined;
    let current = true;
    const stream = client.stream(service, method, args, latest.current);
    const read = async (): Promise<void> => {
      for await (const chunk of stream) {
        // A chunk, an end or an error of a stream that was left must not show in the next one.
        if (!current) return;
        data.value = chunk;
        status.value = 'open';
        latest.current.onChunk?.(chunk);
      }
      if (current) status.value = 'ended';
    };
    read().catch((thrown: unknown) => {
      if (!isNetronError(thrown)) throw thrown;
      if (!current) return;
      error.value = thrown;
      status.value = 'failed';
    });
    return () => {
      current = false;
      stream.cancel();
    };
  }, [client, key, run]);
  return useMemo(() => ({ data, status, error, restart: () => setRun((count) => count + 1) }), []);
}
