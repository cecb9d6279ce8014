// Makes components render when a signal that they read changes. Here, since every app that has hooks has this file.
import '@preact/signals';
import { type ComponentChildren, createContext, h, type VNode } from 'preact';
import { useContext } from 'preact/hooks';
import type { NetronClient } from '../netron-client.js';
import { NetronError } from '../netron-error.js';

const ClientContext = createContext<NetronClient | undefined>(undefined);

/** Gives the hooks below it their client. */
export function NetronProvider({ client, children }: { client: NetronClient; children?: ComponentChildren }): VNode {
  return h(ClientContext.Provider, { value: client }, children) as VNode;
}

/** @throws NetronError `invalid-config` outside a {@link NetronProvider}. */
export function useNetronClient(): NetronClient {
  const client = useContext(ClientContext);
  if (client === undefined)
    throw new NetronError('invalid-config', 'no <NetronProvider client={…}> above this component');
  return client;
}
