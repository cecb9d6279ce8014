import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { TapReason } from '../../protocol/index.js';
import type { Entry } from '../cache/entry.js';
import { listOf } from '../mutations.js';
import type { NetronClient } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import { assertOption } from '../option-error.js';
import { QueryObserver } from '../query-observer.js';
import { handled } from './hook-error.js';
import { type PageEvents, type PageListener, pageEvents } from './page-events.js';
import type { UseQueryOptions, UseQueryResult } from './query-hook-options.js';
import { shapedQuery } from './shaped-query.js';
import { forgetAwaited, suspension, takeAwaited } from './suspension.js';
import { startTriggers } from './triggers.js';

const NO_TRIGGERS = '';

/** One query of one hook, from the first render with its arguments to the last: an observer, and what the options make of it. */
export class LiveQuery extends QueryObserver<unknown> implements UseQueryResult<unknown>, PageListener {
  declare readonly isPlaceholder: ReadonlySignal<boolean>;
  /** It watches with these; undefined while it does not. */
  running: UseQueryOptions | undefined;
  /** An interval counts from there where the data is older. Undefined while a request is in flight. */
  settledAtMs: number | undefined = 0;
  readonly #client: NetronClient;
  readonly #page: PageEvents;
  readonly #reason: TapReason;
  readonly #previous: unknown;
  /** Of a request before this one, for which nobody here has asked. */
  readonly #oldError: NetronError | null;
  /** Options that something else may be shown with than before. */
  readonly #shape: Signal<UseQueryOptions>;
  /** What the triggers were started with. */
  #triggerKey = NO_TRIGGERS;
  #stopTriggers: (() => void) | undefined;

  constructor(
    client: NetronClient,
    entry: Entry,
    /** Of the newest render, with what the method's reference says. */
    public options: UseQueryOptions,
    reason: TapReason,
    previous?: unknown,
  ) {
    super(client.parts, entry);
    this.#client = client;
    this.#page = pageEvents(client);
    this.#reason = reason;
    this.#previous = previous;
    this.#oldError = entry.error;
    this.#shape = signal(options);
    Object.assign(this, shapedQuery(this, this.#shape, previous));
    // Of no arguments, as it may be a listener of an event.
    this.refetch = () => handled(this.#refetch());
    this.use(options);
  }

  /** In every render, which shows what these options make of the data. */
  use(options: UseQueryOptions): void {
    this.options = options;
    this.expect(isEnabled(options));
    // What stands in for data counts while there is none.
    if (!this.entry.hasBase || options.select !== this.#shape.peek().select) this.#shape.value = options;
  }

  /** What was shown last, before `select`: nothing for the entry of another method or another user. */
  rawFor({ node }: Entry): unknown {
    const { entry } = this;
    if (node !== entry.node) return undefined;
    return entry.hasBase ? entry.view : this.#previous;
  }

  /** What its component has to wait for before it can be rendered. @throws NetronError that is for the error boundary. */
  wait(): Promise<void> | undefined {
    const { entry, options } = this;
    const { suspense, throwErrors } = options;
    // A component that shows it otherwise must not render for it here.
    const error = throwErrors || (suspense && !entry.hasBase) ? this.error.value : undefined;
    if (error && error !== this.#oldError) {
      forgetAwaited(entry);
      throw error;
    }
    const isAwaited = suspense && !entry.hasBase && isEnabled(options) && !this.isPlaceholder.value;
    return isAwaited ? suspension(this.parts, entry, options) : undefined;
  }

  /** After every render that was committed. @throws NetronError for a wrong option. */
  sync(): void {
    const { options, entry, parts } = this;
    if (options === this.running) return;
    if (!isEnabled(options)) {
      if (this.running) this.stop();
      return;
    }
    const { refetchInterval, background, invalidateOn, refetchOnMount, suspense } = options;
    const events = listOf<string>(invalidateOn);
    const { link } = parts.backend(entry.backend);
    const canListen = events.every((event) => typeof event === 'string' && link.peek() !== undefined);
    assertOption('invalidateOn', invalidateOn, canListen, 'events of a backend with a WebSocket', entry);
    if (this.running) this.configure(options);
    else {
      const isHere = suspense && takeAwaited(parts, entry) && !entry.invalidated;
      this.start(entry, options, this.#reason, isHere ? false : refetchOnMount === true ? 'stale' : refetchOnMount);
      this.#page.add(this);
    }
    this.running = options;
    this.#trigger(Number(refetchInterval ?? background ?? 0), events);
  }

  override stop(): void {
    const { fetch } = this.entry;
    // Whoever mounts in the same turn goes on with it.
    fetch.hold();
    queueMicrotask(() => fetch.release());
    super.stop();
    this.#page.delete(this);
    this.running = undefined;
    this.#trigger(0, []);
  }

  onPage(reason: 'focus' | 'reconnect'): void {
    const { refetchOnFocus = false, refetchOnReconnect = true } = this.options;
    if (reason === 'focus' ? refetchOnFocus : refetchOnReconnect) this.revalidate(reason);
  }

  override ask(reason: TapReason, cause?: number): void {
    this.#prepare();
    super.ask(reason, cause);
  }

  async #refetch(): Promise<unknown> {
    this.#prepare();
    await super.refetch();
    const error = this.error.peek();
    // Of an option that threw: that of the request has been told.
    if (error && error !== this.entry.error) throw error;
    return this.data.peek();
  }

  /** Options of a hook that is not enabled count for what it asks all the same, and before that for nobody. */
  #prepare(): void {
    if (!this.running) this.configure(this.options);
  }

  /** Starts what is not what goes on already. */
  #trigger(intervalMs: number, events: readonly string[]): void {
    const isNeeded = intervalMs > 0 || events.length > 0;
    const key = isNeeded ? [intervalMs, this.options.refetchInBackground, ...events].join('\n') : NO_TRIGGERS;
    if (key === this.#triggerKey) return;
    const stop = this.#stopTriggers;
    this.#triggerKey = key;
    this.#stopTriggers = key === NO_TRIGGERS ? undefined : startTriggers(this.#client, this, intervalMs, events);
    // After those in its place, so that an event which both need stays subscribed to.
    stop?.();
  }
}

function isEnabled({ enabled = true }: UseQueryOptions): boolean {
  return enabled;
}
