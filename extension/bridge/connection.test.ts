import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientRow, DrainMessage } from '../../protocol/index.js';
import { LEASE_MS } from '../agent/limits.js';
import { Connection, type Link } from './connection.js';
import type { DevtoolsHost } from './devtools-host.js';
import type { EvalOutcome, Evaluator } from './evaluator.js';
import { BUSY_AFTER_MS, LEASE_RENEWAL_MS, POLL_IDLE_MS, POLL_MORE_MS, POLL_MS } from './limits.js';
import type { RawDrain } from './page-agent.js';

vi.mock('./agent-source.js', () => ({ agentSource: 'INJECT', agentBuild: 'b1' }));

const CLIENT: ClientRow = { id: 'c', name: 'shop', backends: [], ringCapacity: 16, ringLength: 0 };

interface Request {
  readonly session: string;
  readonly cursor: number;
  readonly again: boolean;
}

/** A document under inspection: with an agent or without, answering, silent or refusing. */
class FakePage implements Evaluator {
  injected = false;
  session = 's1';
  clients: ClientRow[] = [CLIENT];
  fault = '';
  /** Seqs that exist; a drain hands out `perDrain` of them. */
  head = 1;
  perDrain = 100;
  /** Takes the place of every answer. */
  instead: EvalOutcome | undefined;
  /** Answers wait until the test lets them go. */
  held: (() => void)[] | undefined;
  readonly asked: string[] = [];
  readonly requests: Request[] = [];

  evaluate(expression: string): Promise<EvalOutcome> {
    if (this.held === undefined) return Promise.resolve(this.#answer(expression));
    return new Promise((resolve) => this.held?.push(() => resolve(this.#answer(expression))));
  }

  #answer(expression: string): EvalOutcome {
    const method = /a\.(\w+)\(/.exec(expression)?.[1] ?? '';
    this.asked.push(expression.startsWith('INJECT') ? 'inject' : method);
    if (this.instead !== undefined) return this.instead;
    if (expression.startsWith('INJECT')) this.injected = true;
    if (!this.injected) return { kind: 'value', value: '' };
    const { session, fault, clients } = this;
    if (method === 'hello') {
      return this.#reply({ session, fault, clients, nowMs: 1, timeOriginMs: 1, url: 'https://x.test/' });
    }
    const request = JSON.parse(/a\.drain\((.*)\):""/.exec(expression)?.[1] ?? '') as Request;
    this.requests.push(request);
    const from = request.session === session ? request.cursor : 0;
    const start = Math.max(from, 1);
    const next = Math.min(this.head, start + this.perDrain);
    const rows = Array.from({ length: next - start }, () => [0, 1, 0, 0, 0, 0, 0, '']).flat();
    const drain: Omit<DrainMessage, 'v'> = {
      ...{ session, from, next, lost: 0, more: next < this.head, nowMs: 1, t0Us: 0, table: [''], rows },
      ...{ entries: [], clients, costMs: 0 },
    };
    return this.#reply(drain);
  }

  #reply(body: object): EvalOutcome {
    return { kind: 'value', value: JSON.stringify({ v: 1, ...body }) };
  }
}

let page: FakePage;
let navigated: () => void;
let links: Link[];
let drains: RawDrain[];
let sessions: string[];
let busy: boolean[];
let connection: Connection;

/** The worker of the panel: its clock goes as the fake timers go. */
class FakeWorker {
  onmessage: (() => void) | undefined;
  postMessage(everyMs: number): void {
    setInterval(() => this.onmessage?.(), everyMs);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  vi.stubGlobal('Worker', FakeWorker);
  page = new FakePage();
  [links, drains, sessions, busy] = [[], [], [], []];
  const host: DevtoolsHost = {
    name: 'chrome',
    evaluator: page,
    theme: () => 'light',
    onThemeChange: () => undefined,
    onNavigated: (listener) => {
      navigated = () => listener('');
    },
  };
  connection = new Connection(host, {
    onLink: (link) => links.push(link),
    onBusy: (now) => busy.push(now),
    onSession: (session) => sessions.push(session),
    onDrain: (drain) => drains.push(drain),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const kinds = (): string[] => links.map(({ kind }) => kind).filter((kind, i, all) => kind !== all[i - 1]);
const rowsSeen = (): number => drains.reduce((sum, { rows }) => sum + rows.length / 8, 0);

async function start(): Promise<void> {
  connection.start();
  await pass(POLL_MS * 2);
}

describe('Connection', () => {
  it('injects the agent where there is none, and drains from the beginning', async () => {
    page.head = 4;
    await start();
    expect(page.asked.slice(0, 3)).toEqual(['drain', 'inject', 'drain']);
    expect(page.requests[0]).toEqual({ session: '', cursor: 0, capChars: 300_000, again: false });
    expect([sessions, rowsSeen(), kinds()]).toEqual([['s1'], 3, ['live']]);
  });

  it('uses the agent that is there', async () => {
    page.injected = true;
    await start();
    expect(page.asked).not.toContain('inject');
    expect(links.at(-1)).toEqual({ kind: 'live', session: 's1', clients: [CLIENT] });
  });

  it('goes on at the cursor', async () => {
    page.head = 4;
    await start();
    page.head = 9;
    await pass(POLL_MS * 2);
    expect(page.requests.at(-1)).toMatchObject({ session: 's1', cursor: 9 });
    expect([rowsSeen(), sessions]).toEqual([8, ['s1']]);
  });

  it('asks again at once while more is waiting', async () => {
    [page.head, page.perDrain] = [1_000, 10];
    await start();
    const before = page.requests.length;
    await pass(POLL_MORE_MS * 10);
    expect(page.requests.length - before).toBeGreaterThanOrEqual(9);
    await pass(3_000);
    expect(rowsSeen()).toBe(999);
  });

  it('asks ten times a second at first, and seldom once the page is quiet', async () => {
    await start();
    const asked = async (ms: number): Promise<number> => {
      const before = page.asked.length;
      await pass(ms);
      return page.asked.length - before;
    };
    expect(await asked(1_000)).toBeGreaterThanOrEqual(5);
    await pass(5_000);
    expect(await asked(7_000)).toBeLessThanOrEqual(10);
    page.head = 5;
    await pass(POLL_IDLE_MS + POLL_MS);
    expect(await asked(1_000)).toBeGreaterThanOrEqual(5);
  });

  it('waits out a document that is being replaced, and starts over with the next', async () => {
    page.head = 4;
    await start();
    page.instead = { kind: 'retry', message: 'Inspected target navigated or closed' };
    await pass(500);
    expect(links.at(-1)).toEqual({ kind: 'reconnecting', fromSeq: 4 });
    expect(page.asked.length).toBeGreaterThan(5);
    Object.assign(page, { instead: undefined, injected: false, session: 's2', head: 3 });
    navigated();
    await pass(500);
    expect([sessions, rowsSeen(), kinds()]).toEqual([['s1', 's2'], 5, ['live', 'reconnecting', 'live']]);
  });

  it('says that it missed a reply, until the next one has come', async () => {
    await start();
    page.requests.length = 0;
    page.held = [];
    await pass(POLL_MS * 2);
    const [answer] = page.held;
    page.held = undefined;
    navigated();
    answer?.();
    await pass(POLL_MS * 4);
    expect(page.requests.slice(1, 4).map(({ again }) => again)).toEqual([true, false, false]);
  });

  it('tells a client that was closed from one that never was', async () => {
    await start();
    page.clients = [];
    await pass(POLL_MS * 2);
    expect([kinds(), drains.at(-1)?.clients]).toEqual([['live', 'closed'], []]);
    page.clients = [CLIENT];
    await pass(POLL_MS * 2);
    expect(kinds()).toEqual(['live', 'closed', 'live']);
  });

  it('comes back to a document of the back/forward cache and goes on where it was', async () => {
    page.head = 4;
    await start();
    Object.assign(page, { session: 's2', head: 3 });
    await pass(1_000);
    Object.assign(page, { session: 's1', head: 6 });
    await pass(1_000);
    expect(sessions).toEqual(['s1', 's2', 's1']);
    expect(page.requests.at(-1)).toMatchObject({ session: 's1', cursor: 6 });
  });

  it('says that a page is out of reach, and asks seldom, until another comes', async () => {
    page.instead = { kind: 'denied', message: 'Permission denied' };
    await start();
    expect(links.at(-1)).toEqual({ kind: 'unreachable', message: 'Permission denied' });
    const before = page.asked.length;
    await pass(7_000);
    expect(page.asked.length - before).toBeLessThanOrEqual(10);
    page.instead = undefined;
    navigated();
    await pass(POLL_MS);
    expect(kinds()).toEqual(['unreachable', 'live']);
  });

  it('shows nothing of an agent that cannot be trusted, until another document comes', async () => {
    Object.assign(page, { fault: 'this page has replaced JSON', head: 4 });
    await start();
    await pass(5_000);
    expect(kinds()).toEqual(['faulty']);
    expect(links.at(-1)).toEqual({ kind: 'faulty', message: 'this page has replaced JSON' });
    expect([drains, page.asked.filter((what) => what === 'inject')]).toEqual([[], ['inject']]);
    Object.assign(page, { fault: '', injected: false });
    navigated();
    await pass(POLL_MS * 2);
    expect([kinds(), rowsSeen()]).toEqual([['faulty', 'live'], 3]);
  });

  it.each<[string, EvalOutcome, Link['kind']]>([
    ['no JSON', { kind: 'value', value: 'x' }, 'mismatch'],
    ['another version', { kind: 'value', value: '{"v":2}' }, 'mismatch'],
    ['an exception', { kind: 'threw', message: 'x' }, 'mismatch'],
    ['no agent after it was injected', { kind: 'value', value: '' }, 'mismatch'],
  ])('says that it does not understand %s, and recovers', async (_, instead, kind) => {
    page.instead = instead;
    await start();
    expect(kinds()).toEqual([kind]);
    page.instead = undefined;
    await pass(POLL_IDLE_MS + POLL_MS);
    expect(kinds()).toEqual([kind, 'live']);
  });

  it('waits for a client, and finds it', async () => {
    Object.assign(page, { session: '', clients: [] });
    await start();
    expect([kinds(), drains]).toEqual([['no-client'], []]);
    Object.assign(page, { session: 's1', clients: [CLIENT], head: 3 });
    await pass(POLL_IDLE_MS + POLL_MS);
    expect([kinds(), rowsSeen()]).toEqual([['no-client', 'live'], 2]);
  });

  it('asks for no record while it is paused, keeps the lease of the agent, and asks at once afterwards', async () => {
    await start();
    connection.pause(true);
    await pass(POLL_MS);
    const before = page.asked.length;
    page.head = 5;
    // Longer than the agent waits before it takes the panel for gone.
    await pass(LEASE_MS * 2);
    expect(rowsSeen()).toBe(0);
    const renewals = page.asked.length - before;
    expect(renewals).toBeGreaterThanOrEqual(LEASE_MS / LEASE_RENEWAL_MS);
    expect(renewals).toBeLessThanOrEqual((LEASE_MS * 2) / LEASE_RENEWAL_MS + 1);
    connection.pause(false);
    await pass(0);
    expect(rowsSeen()).toBe(4);
  });

  it('says that the page is busy, asks nothing more, and takes the late answer', async () => {
    page.head = 4;
    page.injected = true;
    const held: (() => void)[] = [];
    page.held = held;
    connection.start();
    await pass(BUSY_AFTER_MS * 2);
    expect([busy.at(-1), held.length, links]).toEqual([true, 1, []]);
    page.held = undefined;
    held[0]?.();
    await pass(0);
    expect([busy.at(-1), rowsSeen(), kinds()]).toEqual([false, 3, ['live']]);
  });

  it('does not wait for the old page once another has come', async () => {
    await start();
    const held: (() => void)[] = [];
    page.held = held;
    await pass(1_000);
    expect(held).toHaveLength(1);
    Object.assign(page, { held: undefined, injected: false, session: 's2', head: 3 });
    navigated();
    await pass(500);
    expect([sessions, rowsSeen()]).toEqual([['s1', 's2'], 2]);
    page.session = 's1';
    held[0]?.();
    await pass(0);
    expect(rowsSeen()).toBe(2);
  });
});
