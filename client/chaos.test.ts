import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createFixture,
  type FaultEffect,
  type FaultRule,
  type Fixture,
  Public,
  Service,
} from '../server-fixture/index.js';
import { NetronClient } from './netron-client.js';
import { isNetronError } from './netron-error.js';
import { HastyClock } from './testing/test-hasty-clock.js';
import { newestTap, TapLog } from './testing/test-tap-log.js';
import { outcomeOf } from './testing/test-watch.js';

const SEED = 20_261_121;
const WAVES = 50;
const SCHEDULES_PER_WAVE = 100;
/** Servers, and as many waves at a time: much of a wave is waiting for what was dropped. */
const LANES = 3;
/** The clients' clock runs so much faster than ours. */
const HASTE = 20;
const TIMEOUT_MS = 6_000;
/** Own time after which something hangs. */
const HANGS_MS = 15_000;

/** Mulberry32: one number, the same schedules. */
class Random {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

@Service('chaos@1.0.0')
class Chaos {
  /** How often each read and each write was done. */
  readonly done = new Map<string, number>();

  @Public()
  read(key: string): string {
    this.#count(`read ${key}`);
    return `value of ${key}`;
  }

  @Public()
  write(id: string): string {
    this.#count(`write ${id}`);
    return `wrote ${id}`;
  }

  #count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }
}

/** Of every wave some: each effect alone, and all together. */
const EFFECTS: readonly FaultEffect[] = [
  { kind: 'delay', ms: 5, jitterMs: 5 },
  { kind: 'error', code: 503, message: 'chaos' },
  { kind: 'drop' },
  { kind: 'close' },
  { kind: 'truncate' },
  { kind: 'duplicate' },
  { kind: 'reorder' },
  { kind: 'slow', ms: 1 },
  { kind: 'corrupt' },
];

function faultsOf(wave: number, random: Random): readonly FaultRule[] {
  const chosen = EFFECTS.filter((effect, i) => {
    // Whoever changes bytes may change what is answered: kept apart, so that all else is held to its word.
    if (effect.kind === 'corrupt') return wave % 5 === 4;
    return wave % 10 === i || random.next() < 0.5;
  });
  return chosen.map((effect) => ({ effect, probability: 0.02 + random.next() * 0.08, seed: random.below(1e9) }));
}

interface Peer {
  readonly client: NetronClient;
  readonly log: TapLog;
  readonly kind: 'ws' | 'http' | 'batch';
  /** The last event that came. */
  heard: unknown;
}

interface World {
  readonly wave: number;
  readonly corrupted: boolean;
  readonly chaos: Chaos;
  calls: number;
  settled: number;
  readonly broken: string[];
}

let fixtures: readonly Fixture[];
let chaos: Chaos;
let clock: HastyClock;

beforeAll(async () => {
  clock = new HastyClock(HASTE);
  chaos = new Chaos();
  fixtures = await Promise.all(Array.from({ length: LANES }, () => createFixture({ services: [chaos] })));
});
afterAll(async () => {
  await Promise.all(fixtures.map((fixture) => fixture.close()));
  clock.stop();
});

async function settles(world: World, name: string, ask: () => Promise<unknown>, expected?: unknown): Promise<void> {
  world.calls++;
  const outcome = await outcomeOf(ask());
  world.settled++;
  if ('value' in outcome) {
    if (expected !== undefined && !world.corrupted && JSON.stringify(outcome.value) !== JSON.stringify(expected)) {
      world.broken.push(`${name}: ${JSON.stringify(outcome.value)}, expected ${JSON.stringify(expected)}`);
    }
  } else if (!isNetronError(outcome.error)) world.broken.push(`${name}: threw ${String(outcome.error)}`);
  else {
    const { code, status, message } = outcome.error;
    const known = ['aborted', 'timeout', 'network', 'protocol'].includes(code);
    // The fixture's own, and that of a call which HTTP's deadline at the server has ended first.
    const said = code === 'remote' && (status === 503 || status === 408);
    if (!known && !said && !world.corrupted) world.broken.push(`${name}: ${message}`);
  }
}

async function reads(world: World, peer: Peer, random: Random, keep: number, forever: boolean): Promise<void> {
  const length = random.below(60);
  const given: unknown[] = [];
  const controller = new AbortController();
  const hangs = setTimeout(() => controller.abort(), world.corrupted ? 1_000 : HANGS_MS);
  const args = forever ? [1] : [length];
  const stream = peer.client.stream('stream@1.0.0', forever ? 'forever' : 'count', args, { signal: controller.signal });
  const ask = async (): Promise<unknown> => {
    for await (const item of stream) {
      given.push(item);
      if (given.length >= keep) break;
    }
    return given.length;
  };
  await settles(world, 'stream', ask, forever ? keep : Math.min(keep, length));
  clearTimeout(hangs);
  if (controller.signal.aborted && !world.corrupted) world.broken.push(`stream: hangs after ${given.length} items`);
  if (given.some((item, i) => item !== i)) world.broken.push(`stream: out of order: ${given.join()}`);
}

/** One schedule: a few things at once, or one after the other, at one client. */
async function play(world: World, peer: Peer, id: string, random: Random): Promise<void> {
  const { client } = peer;
  const steps: (() => Promise<void>)[] = [];
  for (let i = 0; i <= random.below(3); i++) {
    const key = `${world.wave}/${random.below(30)}`;
    const own = `${id}.${i}`;
    const kind = random.below(peer.kind === 'ws' ? 8 : 4);
    const wait = random.below(15);
    const own1 = new Random(random.below(2 ** 31));
    const step = {
      0: () => settles(world, 'query', () => client.query('chaos@1.0.0', 'read', [key]), `value of ${key}`),
      1: () => settles(world, 'mutation', () => client.mutate('chaos@1.0.0', 'write', [own]), `wrote ${own}`),
      2: () => settles(world, 'bare', () => client.query('chaos', 'read', [own]), `value of ${own}`),
      3: () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), wait);
        const { signal } = controller;
        return settles(
          world,
          'aborted',
          () => client.mutate('chaos@1.0.0', 'write', [own], { signal }),
          `wrote ${own}`,
        );
      },
      4: () => reads(world, peer, own1, 1 + own1.below(70), false),
      5: () => reads(world, peer, own1, 1 + own1.below(5), true),
      6: () => {
        const items = Array.from({ length: own1.below(20) }, (_, n) => n);
        const source = (async function* () {
          yield* items;
        })();
        return settles(world, 'upload', () => client.mutate('stream@1.0.0', 'consume', [source]), items);
      },
      7: async () => {
        const backend = await client.backend();
        const { ready, unsubscribe } = backend.subscribe(`topic ${own1.below(5)}`, () => undefined);
        await settles(world, 'subscription', () => ready);
        unsubscribe();
      },
    }[kind] as () => Promise<void>;
    steps.push(step);
  }
  if (random.next() < 0.5) await Promise.all(steps.map((step) => step()));
  else for (const step of steps) await step();
}

function open(fixture: Fixture, random: Random): Peer[] {
  const kinds = ['ws', 'ws', 'ws', 'http', 'batch'] as const;
  return kinds.map((kind) => {
    const url = kind === 'ws' ? fixture.ws : fixture.http;
    const main = { url, timeout: TIMEOUT_MS, batch: kind === 'batch' && { window: 20, maxBatchSize: 10 } };
    const runtime = clock.runtime(() => random.next());
    const client = new NetronClient({ backends: { main }, runtime, devtools: { ringCapacity: 32_768 } });
    return { client, kind, log: new TapLog(newestTap()), heard: undefined };
  });
}

async function playWave(fixture: Fixture, wave: number): Promise<void> {
  const random = new Random(SEED + wave);
  const rules = faultsOf(wave, random);
  const corrupted = rules.some(({ effect }) => effect.kind === 'corrupt');
  const world: World = { wave, corrupted, chaos, calls: 0, settled: 0, broken: [] };
  const peers = open(fixture, random);
  const listening = peers.filter(({ kind }) => kind === 'ws');
  for (const peer of listening) {
    const { ready } = (await peer.client.backend()).subscribe('wave', (value) => {
      peer.heard = value;
    });
    await ready;
  }
  fixture.setFaults(rules);
  const schedules = Array.from({ length: SCHEDULES_PER_WAVE }, (_, i) =>
    play(world, random.of(peers), `${wave}-${i}`, new Random(random.below(2 ** 31))),
  );
  let hangs: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const tell = (): void =>
      reject(new Error(`wave ${wave}: ${world.calls - world.settled} of ${world.calls} calls hang`));
    hangs = setTimeout(tell, 2 * HANGS_MS);
  });
  await Promise.race([Promise.all(schedules), late]);
  clearTimeout(hangs);
  fixture.setFaults([]);
  expect(world.broken).toEqual([]);
  expect(world.settled).toBe(world.calls);
  expectOneEndEach(peers);
  await expectAllToHear(fixture, listening, wave);
  for (const { client } of peers) client.close();
}

/** On the tap every start has its one end. */
function expectOneEndEach(peers: readonly Peer[]): void {
  for (const { log } of peers) {
    const starts = log.all('callStart').map(({ seq }) => seq);
    const ends = log.all('callEnd').map(({ cause }) => cause);
    expect(new Set(ends).size).toBe(ends.length);
    expect(ends.filter((cause) => starts.includes(cause)).length).toBe(starts.length);
  }
}

/** Whatever became of their connections, what is fired now reaches them all. */
async function expectAllToHear(fixture: Fixture, peers: readonly Peer[], wave: number): Promise<void> {
  const teller = new NetronClient({ backends: { main: { url: fixture.http, timeout: 60_000 } } });
  await vi.waitFor(
    async () => {
      await teller.mutate('events@1.0.0', 'fire', ['wave', wave]);
      await Promise.all(peers.map(({ client }) => client.mutate('calculator@1.0.0', 'add', [1, 1])));
      expect(peers.map(({ heard }) => heard)).toEqual(peers.map(() => wave));
    },
    { timeout: HANGS_MS, interval: 10 },
  );
  teller.close();
}

describe(`${WAVES * SCHEDULES_PER_WAVE} schedules of calls, streams, subscriptions and faults`, () => {
  const waves = Array.from({ length: WAVES }, (_, wave) => wave);

  it('settle every call once, keep streams in order and subscriptions alive', { timeout: 120_000 }, async () => {
    const toPlay = waves.values();
    const playAll = async (fixture: Fixture): Promise<void> => {
      for (const wave of toPlay) await playWave(fixture, wave);
    };
    await Promise.all(fixtures.map(playAll));
    const faults = fixtures.reduce((sum, { counters }) => sum + counters.faults, 0);
    expect(faults).toBeGreaterThan(500);
  });

  it('have done no write twice, and no read more than twice', () => {
    const writes = [...chaos.done].filter(([what]) => what.startsWith('write'));
    expect(writes.length).toBeGreaterThan(1_000);
    expect(writes.filter(([, count]) => count > 1)).toEqual([]);
    // Those with a key of their own: asked once, and once more after a drop.
    const reads = [...chaos.done].filter(([what]) => /^read \d+-/.test(what));
    expect(reads.length).toBeGreaterThan(1_000);
    expect(reads.filter(([, count]) => count > 2)).toEqual([]);
  });

  it('leave nothing open at the server', async () => {
    await vi.waitFor(
      () => {
        for (const { counters } of fixtures) {
          expect(counters).toMatchObject({ openConnections: 0, openStreams: 0, openUploads: 0 });
        }
      },
      { timeout: 5_000, interval: 10 },
    );
  });
});
