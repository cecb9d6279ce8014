import { bareCaller, ourCaller, type WireCaller } from './caller.ts';
import type { EchoServerUrls } from './echo-server.ts';
import { median, quantile } from './statistics.ts';

export interface CallFigures {
  /** Calls per second, median of the rounds. */
  readonly perSecond: number;
  /** CPU time of the client's process for one call, in microseconds. */
  readonly cpuUs: number;
  /** From the call to its answer, over all rounds. */
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface WsCalls {
  readonly inFlight: number;
  readonly pipelined: Readonly<Record<string, CallFigures>>;
  readonly oneByOne: Readonly<Record<string, CallFigures>>;
}

const IN_FLIGHT = 64;
const ROUNDS = 9;
const ROUND_MS = 350;
const WARM_UP_MS = 600;

/** Calls over loopback: ours against the built fixture, beside a floor of bare sockets, in interleaved rounds. */
export async function benchCalls(urls: EchoServerUrls): Promise<WsCalls> {
  const callers: ReadonlyMap<string, WireCaller> = new Map([
    ['ours', await ourCaller(urls.fixture, false)],
    ['ours, tap dormant', await ourCaller(urls.fixture, true)],
    ['ours, bare server', await ourCaller(`${urls.bare}/answer`, false)],
    ['floor', await bareCaller(`${urls.bare}/echo`)],
  ]);
  for (const caller of callers.values()) await drive(caller, IN_FLIGHT, WARM_UP_MS);
  const pipelined = await rounds(callers, IN_FLIGHT);
  const oneByOne = await rounds(callers, 1);
  for (const caller of callers.values()) caller.close();
  return {
    inFlight: IN_FLIGHT,
    pipelined: mapValues(pipelined, figuresOf),
    oneByOne: mapValues(oneByOne, figuresOf),
  };
}

interface Run {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly latenciesUs: readonly number[];
}

async function rounds(callers: ReadonlyMap<string, WireCaller>, inFlight: number): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>([...callers.keys()].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, caller] of callers) runs.get(name)?.push(await drive(caller, inFlight, ROUND_MS));
  }
  return runs;
}

/** Keeps so many calls in flight for a while, then waits for the last. */
function drive(caller: WireCaller, inFlight: number, forMs: number): Promise<Run> {
  return new Promise((resolve) => {
    const latenciesUs: number[] = [];
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    let open = 0;
    let made = 0;
    const next = (): void => {
      const sentMs = performance.now();
      open++;
      made++;
      caller.call(() => {
        const nowMs = performance.now();
        open--;
        latenciesUs.push((nowMs - sentMs) * 1_000);
        if (nowMs - startedMs < forMs) return next();
        if (open > 0) return;
        const { user, system } = process.cpuUsage(cpu);
        resolve({ perSecond: (made / (nowMs - startedMs)) * 1_000, cpuUs: (user + system) / made, latenciesUs });
      });
    };
    for (let i = 0; i < inFlight; i++) next();
  });
}

function figuresOf(runs: readonly Run[]): CallFigures {
  const latenciesUs = runs.flatMap((run) => run.latenciesUs);
  return {
    perSecond: median(runs.map((run) => run.perSecond)),
    cpuUs: median(runs.map((run) => run.cpuUs)),
    p50Us: quantile(latenciesUs, 0.5),
    p99Us: quantile(latenciesUs, 0.99),
  };
}

function mapValues<A, B>(map: ReadonlyMap<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}
