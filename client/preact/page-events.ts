import { type ReadonlySignal, signal } from '@preact/signals';
import type { NetronClient } from '../netron-client.js';
import { FOCUS_THROTTLE_MS } from './hook-limits.js';

/** What hooks take from the page. Tests put their own here. */
export interface Page {
  /** Nobody can see it. */
  readonly hidden: boolean;
  /** Tells when it is shown or hidden, and when the network is back; the result stops both. */
  listen(onVisibility: () => void, onOnline: () => void): () => void;
}

export interface PageListener {
  onPage(reason: 'focus' | 'reconnect'): void;
}

/** Tells all hooks of one client about the page, with one listener for each event while there is any hook. */
export interface PageEvents {
  /** Known while anybody listens. */
  readonly isHidden: ReadonlySignal<boolean>;
  add(listener: PageListener): void;
  delete(listener: PageListener): void;
}

const known = new WeakMap<NetronClient, PageEvents>();

/** Those of the client; `page` counts where it has none yet. */
export function pageEvents(client: NetronClient, page: Page = BROWSER_PAGE): PageEvents {
  const events = known.get(client) ?? watch(client, page);
  known.set(client, events);
  return events;
}

function watch({ parts }: NetronClient, page: Page): PageEvents {
  const isHidden = signal(false);
  const listeners = new Set<PageListener>();
  let quietUntilMs = 0;
  let stop = (): void => undefined;
  const tell = (reason: 'focus' | 'reconnect'): void => {
    for (const each of [...listeners]) each.onPage(reason);
  };
  const onVisibility = (): void => {
    const { nowMs } = parts.cache;
    isHidden.value = page.hidden;
    if (page.hidden || nowMs < quietUntilMs) return;
    quietUntilMs = nowMs + FOCUS_THROTTLE_MS;
    tell('focus');
  };
  return {
    isHidden,
    add(listener) {
      if (listeners.size === 0) {
        isHidden.value = page.hidden;
        stop = page.listen(onVisibility, () => tell('reconnect'));
      }
      listeners.add(listener);
    },
    delete(listener) {
      if (listeners.delete(listener) && listeners.size === 0) stop();
    },
  };
}

/** The globals, taken when the first hook mounts. A worker or a server has no document, and is never hidden. */
const BROWSER_PAGE: Page = {
  get hidden() {
    return globalThis.document?.hidden === true;
  },
  listen(onVisibility, onOnline) {
    const stop = new AbortController();
    globalThis.document?.addEventListener('visibilitychange', onVisibility, stop);
    globalThis.addEventListener?.('online', onOnline, stop);
    return () => stop.abort();
  },
};
