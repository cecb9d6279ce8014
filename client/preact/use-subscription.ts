import { type ReadonlySignal, signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { EventSubscription } from '../backend-handle.js';
import { transact } from '../cache/transaction.js';
import type { CallPlace } from '../call/call-error.js';
import type { NetronError } from '../netron-error.js';
import { assertFields, type FieldCheck, FUNCTION, ofType } from '../option-fields.js';
import type { EventHandler } from '../transport/ws/subscriptions.js';
import { watchLosses } from './link-losses.js';
import { useNetronClient } from './netron-provider.js';

const EVENT: FieldCheck = (value) => (typeof value === 'string' && value !== '' ? '' : 'the name of an event');
const CHECKS = { event: EVENT, handler: FUNCTION, backend: ofType('string') };
const NOWHERE = {} as CallPlace;

export interface UseSubscriptionOptions {
  /** Whose event. Default: the default backend's. */
  readonly backend?: string | undefined;
}

export interface UseSubscriptionResult<A extends readonly unknown[] = readonly unknown[]> {
  /** What the newest event carried: more than the handler has names for, perhaps. */
  readonly last: ReadonlySignal<readonly [...A, ...unknown[]] | undefined>;
  /** `open` once the server has accepted it. After a loss of the connection it is made again by itself, `opening` until then. */
  readonly status: ReadonlySignal<'opening' | 'open' | 'failed'>;
  /** Why it is not open. */
  readonly error: ReadonlySignal<NetronError | undefined>;
}

/**
 * Listens to an event of the server while the component is mounted. Components that listen to the same one share a
 * subscription on the wire. The handler may be written inline: it is always the newest that is called. What it says of
 * its arguments is believed, not checked.
 *
 * @throws NetronError `invalid-config` without a provider, `invalid-argument` for a wrong argument or option.
 */
export function useSubscription<A extends readonly unknown[] = readonly unknown[]>(
  event: string,
  handler?: EventHandler<A>,
  options: UseSubscriptionOptions = {},
): UseSubscriptionResult<A> {
  const client = useNetronClient();
  assertFields(options, '', CHECKS, NOWHERE);
  assertFields({ event: event ?? null, handler }, '', CHECKS, NOWHERE);
  const { backend = client.parts.defaultBackend } = options;
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
    const stops: (() => void)[] = [];
    let isCurrent = true;
    const show = (status: 'opening' | 'open' | 'failed', error?: NetronError): void => {
      if (!isCurrent) return;
      transact(() => {
        view.status.value = status;
        view.error.value = error;
      });
    };
    // What the network has prevented is done when the connection is there.
    const fail = (error: NetronError): void => show(/network|timeout/.test(error.code) ? 'opening' : 'failed', error);
    const subscribe = (listener: EventHandler<readonly [...A, ...unknown[]]>): EventSubscription => {
      const subscription = client.subscribe(event, listener, backend);
      subscription.ready.then(() => show('open'), fail);
      return subscription;
    };
    try {
      const { link } = client.parts.backend(backend);
      const { unsubscribe } = subscribe((...args) => {
        if (!isCurrent) return;
        transact(() => {
          show('open');
          view.last.value = args;
        });
        latest.current?.(...(args as unknown as A));
      });
      stops.push(
        unsubscribe,
        watchLosses(
          link,
          () => {
            // It is made again by itself: another one at the same event hears how that goes.
            const again = subscribe(() => undefined);
            again.ready.then(again.unsubscribe, again.unsubscribe);
          },
          () => show('opening', view.error.peek()),
        ),
      );
    } catch (thrown) {
      fail(thrown as NetronError);
    }
    return () => {
      isCurrent = false;
      for (const stop of stops) stop();
    };
  }, [view]);
  return view;
}
