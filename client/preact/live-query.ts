import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { TapReason } from '../../protocol/index.js';
import type { Entry } from '../cache/entry.js';
import { shareStructure } from '../cache/share-structure.js';
import { isOfCaller } from '../call/call-error.js';
import { listOf } from '../mutations.js';
import type { NetronClient } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import { assertOption } from '../option-error.js';
import { observe, type QueryObserver } from '../query-observer.js';
import { handled, optionThrew } from './hook-error.js';
import { type PageEvents, type PageListener, pageEvents } from './page-events.js';
import type { UseQueryOptions, UseQueryResult } from './query-hook-options.js';
import { forgetAwaited, suspension, takeAwaited } from './suspension.js';
import { outdateOn, poll } from './triggers.js';

interface Shown {
  readonly data: unknown;
  readonly isPlaceholder: boolean;
  readonly failure?: NetronError;
}

const NO_TRIGGERS = '0\n';
const NEVER = signal(false);
const NOTHING: Shown = { data: undefined, isPlaceholder: false };

/** One query of one hook, from the first render with its arguments to the last. */
export class LiveQuery implements UseQueryResult<unknown>, PageListener {
  readonly data: ReadonlySignal<unknown>;
  readonly loading: ReadonlySignal<boolean>;
  readonly fetching: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<NetronError | undefined>;
  readonly isPlaceholder: ReadonlySignal<boolean> = NEVER;
  readonly refetch = (): Promise<unknown> => handled(this.#observer.refetch().then(() => this.data.peek()));
  /** Whether it has ever watched. */
  hasRun = false;
  readonly #client: NetronClient;
  readonly #page: PageEvents;
  readonly #observer: QueryObserver<unknown>;
  /** Of a request before this one, for which nobody here has asked. */
  readonly #oldError: NetronError | null;
  /** It watches with these; undefined while it does not. */
  #running: UseQueryOptions | undefined;
  /** What the triggers were started with. */
  #triggerKey = NO_TRIGGERS;
  #stopTriggers: readonly (() => void)[] = [];
  #selected: unknown;

  constructor(
    client: NetronClient,
    readonly entry: Entry,
    /** Of the newest render. */
    public options: UseQueryOptions,
    readonly reason: TapReason,
    readonly previous?: unknown,
  ) {
    const observer = observe<unknown>(client, entry);
    this.#client = client;
    this.#page = pageEvents(client);
    this.#observer = observer;
    this.#oldError = entry.error;
    this.data = observer.data;
    this.loading = observer.loading;
    this.fetching = observer.fetching;
    this.error = observer.error;
    if (isEnabled(options)) observer.expect();
    if (!isShaped(entry, options)) return;
    const shaped = computed(() => this.#shape());
    this.data = computed(() => shaped.value.data);
    this.isPlaceholder = computed(() => shaped.value.isPlaceholder);
    this.loading = computed(() => observer.loading.value && !shaped.value.isPlaceholder);
    this.error = computed(() => shaped.value.failure ?? observer.error.value);
  }

  /** Whether a render with this entry and these options goes on with it. */
  fits(entry: Entry, options: UseQueryOptions): boolean {
    const { options: own } = this;
    return (
      entry === this.entry && isEnabled(options) === isEnabled(own) && isShaped(entry, options) === isShaped(entry, own)
    );
  }

  /** What was shown last, before `select`: nothing for the entry of another method or another user. */
  rawFor({ node }: Entry): unknown {
    if (node !== this.entry.node) return undefined;
    const { hasData, data } = this.#observer;
    return hasData.peek() ? data.peek() : this.previous;
  }

  /** What its component has to wait for before it can be rendered. @throws NetronError that is for the error boundary. */
  wait(): Promise<void> | undefined {
    const { entry, options } = this;
    const { suspense, throwErrors } = options;
    if (!suspense && !throwErrors) return undefined;
    const error = this.error.value;
    if (error !== undefined && error !== this.#oldError && (throwErrors || !entry.hasBase)) {
      forgetAwaited(entry);
      throw error;
    }
    if (!suspense || entry.hasBase || !isEnabled(options) || this.isPlaceholder.value) return undefined;
    return suspension(this.#client.parts, entry, options);
  }

  /** After every render that was committed. @throws NetronError for a wrong option. */
  sync(): void {
    const { options, entry } = this;
    if (options === this.#running || !isEnabled(options)) return;
    const client = this.#client;
    const { refetchInterval, background, invalidateOn, refetchOnMount } = options;
    const interval = refetchInterval ?? background ?? false;
    const isInterval = typeof interval === 'number' ? interval >= 0 : interval === false;
    assertOption('refetchInterval', interval, isInterval, 'milliseconds, or false', entry);
    const events = listOf<string>(invalidateOn);
    const { link } = client.parts.backend(entry.backend);
    const canListen = events.every((event) => typeof event === 'string' && link.peek() !== undefined);
    assertOption('invalidateOn', invalidateOn, canListen, 'events of a backend with a WebSocket', entry);
    if (this.#running !== undefined) this.#observer.configure(options);
    else {
      const when = takeAwaited(client.parts, entry) ? false : refetchOnMount;
      this.#observer.start(entry, options, this.reason, when);
      this.#page.add(this);
      this.hasRun = true;
    }
    this.#running = options;
    this.#trigger(Number(interval), events);
  }

  stop(): void {
    this.#observer.stop();
    this.#page.delete(this);
    this.#running = undefined;
    this.#trigger(0, []);
  }

  onPage(reason: 'focus' | 'reconnect'): void {
    const { refetchOnFocus = false, refetchOnReconnect = true } = this.options;
    if (reason === 'focus' ? refetchOnFocus : refetchOnReconnect) this.#observer.revalidate(reason);
  }

  /** Starts what is not what goes on already. */
  #trigger(intervalMs: number, events: readonly string[]): void {
    const key = `${intervalMs}\n${events.join('\n')}`;
    if (key === this.#triggerKey) return;
    const before = this.#stopTriggers;
    const isPaused = (): boolean => this.#page.isHidden.value && !this.options.refetchInBackground;
    this.#triggerKey = key;
    this.#stopTriggers =
      key === NO_TRIGGERS
        ? []
        : [poll(intervalMs, this.#client, this.#observer, isPaused), outdateOn(events, this.#client, this.entry)];
    for (const stop of before) stop();
  }

  #shape(): Shown {
    const { data, hasData, error } = this.#observer;
    const { select } = this.options;
    const isPlaceholder = !hasData.value;
    const failure = isPlaceholder ? error.value : undefined;
    let option = failure === undefined ? 'placeholder' : 'fallback';
    try {
      const raw = isPlaceholder ? this.#standIn(failure) : data.value;
      if (isPlaceholder && raw === undefined) return NOTHING;
      option = 'select';
      // What is equal to before stays the same value, as the data itself does.
      this.#selected = select === undefined ? raw : shareStructure(this.#selected, select(raw));
      return { data: this.#selected, isPlaceholder };
    } catch (thrown) {
      return { data: this.#selected, isPlaceholder: false, failure: optionThrew(option, thrown, this.entry) };
    }
  }

  #standIn(error: NetronError | undefined): unknown {
    const { previous, options } = this;
    if (error === undefined) {
      return options.keepPrevious && previous !== undefined ? previous : substitute(options.placeholder, previous);
    }
    return isOfCaller(error) ? undefined : substitute(fallbackOf(this.entry, options), error);
  }
}

function substitute(value: unknown, from: unknown): unknown {
  return typeof value === 'function' ? value(from) : value;
}

function isEnabled({ enabled = true }: UseQueryOptions): boolean {
  return enabled;
}

/** Whether something else than the entry's own view may be shown. */
function isShaped(entry: Entry, options: UseQueryOptions): boolean {
  const { select, placeholder, keepPrevious } = options;
  return (select ?? placeholder ?? keepPrevious ?? fallbackOf(entry, options)) !== undefined;
}

/** Its own, or that of its method. */
function fallbackOf({ node }: Entry, options: UseQueryOptions): UseQueryOptions['fallback'] {
  return node.optionsFor('query', options).fallback;
}
