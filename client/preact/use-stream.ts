import { type ReadonlySignal, signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TapReason } from '../../protocol/index.js';
import { hashArgs } from '../cache/args-hash.js';
import { isSame } from '../cache/same-args.js';
import { transact } from '../cache/transaction.js';
import type { CallPlace } from '../call/call-error.js';
import { messageOf } from '../call/message-of.js';
import { isNetronError, NetronError } from '../netron-error.js';
import { assertField, assertFields, FUNCTION, wholeFrom } from '../option-fields.js';
import { type AnyService, type Args, type Item, type ServiceId, type StreamMethod, serviceRef } from '../service.js';
import type { NetronStream } from '../stream/netron-stream.js';
import type { StreamOptions } from '../stream/stream-options.js';
import { optionThrew } from './hook-error.js';
import { STREAM_CHUNKS, STREAM_CHUNKS_MAX } from './hook-limits.js';
import { useNetronClient } from './netron-provider.js';

const KEPT = wholeFrom(0, STREAM_CHUNKS_MAX);
const NO_CHUNKS: readonly unknown[] = [];

export interface UseStreamOptions<I = unknown> extends Omit<StreamOptions<I>, 'reason'> {
  /** Called with every chunk, in order; always the newest of it. What it throws ends the stream. Default: nothing. */
  readonly onChunk?: ((chunk: I) => void) | undefined;
  /** How many of the newest chunks are kept in `chunks`, 0 … 10,000. Default 100. */
  readonly chunks?: number | undefined;
}

export interface UseStreamResult<I> {
  /** The newest chunk. */
  readonly data: ReadonlySignal<I | undefined>;
  /** The newest chunks, oldest first. */
  readonly chunks: ReadonlySignal<readonly I[]>;
  /** Chunks that are not in `chunks` any more. */
  readonly dropped: ReadonlySignal<number>;
  /** `opening` until the first chunk. */
  readonly status: ReadonlySignal<'opening' | 'open' | 'ended' | 'failed'>;
  readonly error: ReadonlySignal<NetronError | undefined>;
  /** Opens it again, after an end or a failure or in between. */
  readonly restart: () => void;
}

/**
 * Reads a stream while the component is mounted. Other arguments are another stream.
 *
 * @throws NetronError `invalid-config` without a provider, `invalid-argument` for options of the wrong type. What else is
 * wrong shows as the error of the stream.
 */
export function useStream(
  service: string,
  method: string,
  args: readonly unknown[],
  options?: UseStreamOptions,
): UseStreamResult<unknown>;
export function useStream<T extends object, K extends StreamMethod<T>>(
  service: ServiceId<T>,
  method: K,
  args: Readonly<Args<T, K>>,
  options?: UseStreamOptions<Item<T, K>>,
): UseStreamResult<Item<T, K>>;
export function useStream(
  service: AnyService,
  method: string,
  args: readonly unknown[],
  options: UseStreamOptions<never> = {},
): UseStreamResult<unknown> {
  const client = useNetronClient();
  const latest = useRef(options);
  latest.current = options;
  /** Why the next one will be opened. */
  const reason = useRef<TapReason>('mount');
  const [run, setRun] = useState(0);
  const source = useSource(client.parts.defaultBackend, service, method, args);
  assertFields(options, '', { onChunk: FUNCTION }, source.place);
  const { chunks: kept = STREAM_CHUNKS } = options;
  // Of their own for each stream: a render never shows what belongs to another one.
  const view = useMemo(
    () => ({
      data: signal<unknown>(undefined),
      chunks: signal(NO_CHUNKS),
      dropped: signal(0),
      status: signal<'opening' | 'open' | 'ended' | 'failed'>('opening'),
      error: signal<NetronError | undefined>(undefined),
      restart: () => {
        reason.current = 'manual';
        setRun((count) => count + 1);
      },
    }),
    [client, source],
  );
  useLayoutEffect(() => {
    const { data, chunks, dropped, status, error } = view;
    const why = reason.current;
    reason.current = 'args';
    let stream: NetronStream<unknown> | undefined;
    // A chunk, an end or an error of a stream that was left must not show anywhere.
    let isCurrent = true;
    transact(() => {
      data.value = undefined;
      chunks.value = NO_CHUNKS;
      dropped.value = 0;
      status.value = 'opening';
      error.value = undefined;
    });
    const read = async (): Promise<void> => {
      assertField('chunks', kept, KEPT, source.place);
      stream = client.stream(service as string, method, args, { ...(latest.current as UseStreamOptions), reason: why });
      for await (const chunk of stream) {
        if (!isCurrent) return;
        const all = [...chunks.value, chunk];
        const surplus = Math.max(0, all.length - (latest.current.chunks ?? STREAM_CHUNKS));
        transact(() => {
          data.value = chunk;
          chunks.value = all.slice(surplus);
          dropped.value += surplus;
          status.value = 'open';
        });
        try {
          latest.current.onChunk?.(chunk as never);
        } catch (thrown) {
          throw optionThrew('onChunk', thrown, source.place);
        }
      }
      if (isCurrent) transact(() => (status.value = 'ended'));
    };
    read().catch((thrown: unknown) => {
      if (!isCurrent) return;
      transact(() => {
        error.value = isNetronError(thrown)
          ? thrown
          : new NetronError('protocol', messageOf(thrown), { cause: thrown });
        status.value = 'failed';
      });
    });
    return () => {
      isCurrent = false;
      stream?.cancel();
    };
    // One that was refused for its `chunks` is opened when they are right.
  }, [view, run, KEPT(kept)]);
  return view;
}

interface Source {
  readonly place: CallPlace;
  readonly args: readonly unknown[] | undefined;
}

/** What the stream is of: the same object from render to render while it means the same. */
function useSource(defaultBackend: string, service: AnyService, method: string, args: readonly unknown[]): Source {
  const { fullName, backend = defaultBackend } = serviceRef(service);
  const place = { backend, service: fullName, method };
  const source = { place, args: sendable(args, place) };
  const latest = useRef(source);
  if (!isSame(latest.current, source)) latest.current = source;
  return latest.current;
}

/** What cannot be sent shows as the error of the stream. */
function sendable(args: readonly unknown[], place: CallPlace): readonly unknown[] | undefined {
  try {
    hashArgs(args, place);
    return args;
  } catch {
    return undefined;
  }
}
