import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { EventSubscription } from '../backend-handle.js';
import type { NetronError } from '../netron-error.js';
import type { EventHandler } from '../transport/ws/subscriptions.js';
import { useNetronClient } from './netron-provider.js';

export interface UseSubscriptionOptions {
  /** Whose event. Default: the default backend's. */
  readonly backend?: string | undefined;
}

export interface UseSubscriptionResult<A extends readonly unknown[] = readonly unknown[]> {
  /** What the newest event carried: more than the handler has names for, perhaps. */
  readonly last: ReadonlySignal<readonly [...A, ...unknown[]] | undefined>;
  /** `open` once the server has accepted it. After a loss of the connection it is made again by itself. */
  readonly status: ReadonlySignal<'opening' | 'open' | 'failed'>;
  /** Why it is not open. */
  readonly error: ReadonlySignal<NetronError | undefined>;
}

/**
 * Listens to an event of the server while the component is mounted. Components that listen to the same one share a
 * subscription on the wire. The handler may be written inline: it is always the newest that is called. What it says of
 * its arguments is believed, not checked. What is wrong with the event or the backend shows in `error`.
 *
 * @throws NetronError `invalid-config` without a provider.
 */
export function useSubscription<A extends readonly unknown[] = readonly unknown[]>(
  event: string,
  handler?: EventHandler<A>,
  { backend }: UseSubscriptionOptions = {},
): UseSubscriptionResult<A> {
  const client = useNetronClient();
  const latest = useRef(handler);
  latest.current = handler;
  const view = useMemo(
    () => ({
      last: signal<readonly [...A, ...unknown[]] | undefined>(undefined),
      status: signal<'opening' | 'open' | 'failed'>('opening'),
      error: signal<NetronError | undefined>(undefined),
    }),
    [client, event, backend],
  );
  useLayoutEffect(() => {
    let subscription: EventSubscription | undefined;
    let isCurrent = true;
    const accept = (): void => {
      if (!isCurrent) return;
      view.status.value = 'open';
      view.error.value = undefined;
    };
    const fail = (error: NetronError): void => {
      if (!isCurrent) return;
      // What the network has prevented is done when the connection is there.
      view.status.value = /network|timeout/.test(error.code) ? 'opening' : 'failed';
      view.error.value = error;
    };
    const receive = (...args: readonly [...A, ...unknown[]]): void => {
      if (!isCurrent) return;
      batch(() => {
        accept();
        view.last.value = args;
      });
      latest.current?.(...(args as unknown as A));
    };
    try {
      subscription = client.subscribe<readonly [...A, ...unknown[]]>(event, receive, backend);
      subscription.ready.then(accept, fail);
    } catch (thrown) {
      fail(thrown as NetronError);
    }
    return () => {
      isCurrent = false;
      subscription?.unsubscribe();
    };
  }, [view]);
  return view;
}
