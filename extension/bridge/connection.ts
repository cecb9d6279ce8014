import type { ClientRow, HelloMessage } from '../../protocol/index.js';
import type { DevtoolsHost } from './devtools-host.js';
import { LEASE_RENEWAL_MS, POLL_MORE_MS, POLL_MS } from './limits.js';
import { type AgentReply, PageAgent, type Position, type RawDrain } from './page-agent.js';
import { nextPoll, type PollResult, type PollState, wake } from './poll-policy.js';
import { SingleFlight } from './single-flight.js';

/** How far the panel has come, rung by rung. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'faulty'; readonly message: string }
  | { readonly kind: 'mismatch'; readonly message: string }
  | { readonly kind: 'no-client' }
  /** There was one in this document. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'live'; readonly session: string; readonly clients: readonly ClientRow[] }
  | { readonly kind: 'reconnecting'; readonly fromSeq: number };

export interface ConnectionEvents {
  onLink(link: Link): void;
  onBusy(busy: boolean): void;
  /** Another document than before, or one that came back: everything its ring still holds follows. */
  onSession(session: string): void;
  onDrain(drain: RawDrain): void;
}

/** Keeps the panel in step with the page: injects the agent, drains by cursor, follows every navigation. */
export class Connection {
  readonly agent: PageAgent;
  readonly #flight: SingleFlight;
  readonly #events: ConnectionEvents;
  #poll: PollState = { nextAtMs: 0, activeAtMs: 0 };
  #session = '';
  #cursor = 0;
  #draining = false;
  /** A drain was asked for whose answer did not come, though the agent may have given it. */
  #missed = false;
  /** The agent said that it cannot be trusted in this document. */
  #faulty = false;
  #paused = false;

  constructor(host: DevtoolsHost, events: ConnectionEvents) {
    this.#events = events;
    this.#flight = new SingleFlight(host.evaluator, (busy) => events.onBusy(busy));
    this.agent = new PageAgent(this.#flight);
    host.onNavigated(() => {
      this.#flight.abandon();
      this.wake();
    });
  }

  /** Begins to poll, and goes on until the panel is closed. */
  start(): void {
    const clock = new Worker(new URL('./clock.worker.ts', import.meta.url), { type: 'module' });
    clock.onmessage = () => this.#tick();
    clock.postMessage(POLL_MS);
    this.#tick();
  }

  /** While paused no record is asked for; the page's ring keeps what it can. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.wake();
  }

  /** Asks now instead of at the next turn. */
  wake(): void {
    this.#poll = wake(this.#poll, performance.now());
    this.#tick();
  }

  #tick(): void {
    if (this.#draining || performance.now() < this.#poll.nextAtMs) return;
    if (this.#paused) return this.#keepLease();
    this.#draining = true;
    this.#drainOnce().then((result) => {
      this.#draining = false;
      this.#poll = nextPoll(this.#poll, result, performance.now());
      // The clock ticks ten times a second; what is due before that needs a timer of its own.
      if (this.#poll.nextAtMs - performance.now() < POLL_MS / 2) setTimeout(() => this.#tick(), POLL_MORE_MS);
    });
  }

  /** A drain of nothing: without it the agent would take us for gone, and the page's ring would shrink. */
  #keepLease(): void {
    this.#poll = { ...this.#poll, nextAtMs: performance.now() + LEASE_RENEWAL_MS };
    this.agent.drain(() => this.#position(), 0);
  }

  #position(): Position {
    return { session: this.#session, cursor: this.#cursor, again: this.#missed };
  }

  async #drainOnce(): Promise<PollResult> {
    if (this.#faulty) return this.#hail();
    const reply = await this.agent.drain(() => this.#position());
    if (reply.kind === 'retry') this.#missed = true;
    if (reply.kind === 'reply') this.#missed = false;
    if (reply.kind === 'missing') return this.#inject();
    if (reply.kind !== 'reply') return this.#failed(reply);
    return this.#accept(reply.value);
  }

  #accept(drain: RawDrain): PollResult {
    const { session, next, rows, entries, more, clients } = drain;
    if (session !== this.#session) {
      this.#session = session;
      this.#events.onSession(session);
    }
    this.#cursor = next;
    if (session === '') {
      this.#events.onLink({ kind: 'no-client' });
      return { kind: 'nothing' };
    }
    this.#events.onLink(clients.length === 0 ? { kind: 'closed' } : { kind: 'live', session, clients });
    this.#events.onDrain(drain);
    return rows.length > 0 || entries.length > 0 ? { kind: 'records', more } : { kind: 'nothing' };
  }

  async #inject(): Promise<PollResult> {
    const reply = await this.agent.inject();
    if (reply.kind !== 'reply') return this.#failed(reply);
    return this.#greet(reply.value);
  }

  /** Until another document has come, a faulty agent stays so, and what it would drain is not shown. */
  async #hail(): Promise<PollResult> {
    const reply = await this.agent.hello();
    if (reply.kind === 'missing') return this.#inject();
    if (reply.kind !== 'reply') return this.#failed(reply);
    return this.#greet(reply.value);
  }

  #greet({ session, fault }: HelloMessage): PollResult {
    this.#faulty = fault !== '';
    if (fault !== '') {
      this.#events.onLink({ kind: 'faulty', message: fault });
      return { kind: 'denied' };
    }
    if (session === '') this.#events.onLink({ kind: 'no-client' });
    return { kind: 'records', more: true };
  }

  #failed(reply: Exclude<AgentReply<never>, { kind: 'reply' }>): PollResult {
    switch (reply.kind) {
      case 'denied':
        this.#events.onLink({ kind: 'unreachable', message: reply.message });
        return { kind: 'denied' };
      case 'retry':
        this.#events.onLink({ kind: 'reconnecting', fromSeq: this.#cursor });
        return { kind: 'retry' };
      case 'missing':
        this.#events.onLink({ kind: 'mismatch', message: 'the agent was evaluated and is not there' });
        return { kind: 'denied' };
      default:
        this.#events.onLink({ kind: 'mismatch', message: reply.message });
        return { kind: 'denied' };
    }
  }
}
