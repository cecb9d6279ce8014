import { type AuthOptions, type ParsedAuth, parseAuthOptions } from './auth/auth-options.js';
import type { FaultRule } from './faults/fault-rule.js';
import { type FixtureLimits, parseFixtureLimits } from './fixture-limits.js';
import { parsePathPrefix } from './path-prefix.js';

export interface FixtureOptions {
  /**
   * Instances of classes with `@Service`, offered besides the built-in ones. One with the name and version of a
   * built-in service replaces it. Default none.
   */
  readonly services?: readonly object[];
  /** 0 to 65535; 0 picks any free port. Default 0. */
  readonly httpPort?: number;
  /** 0 to 65535; 0 picks any free port. Default 0. */
  readonly wsPort?: number;
  /** The address to listen on. Default `127.0.0.1`, which only this machine reaches. */
  readonly host?: string;
  /**
   * Knows the tokens `t-admin` and `t-user` and the login ada/pw, and enforces the `auth` rules of services. Without
   * it nobody can sign in and, as in Titan, everything is open. An object says how tokens travel. Default false.
   */
  readonly auth?: boolean | AuthOptions;
  /**
   * What all paths begin with, such as `/api/v1`: of HTTP requests, where any other is 404, and of WebSocket upgrades,
   * where any other is closed with 4000. Default none.
   */
  readonly pathPrefix?: string;
  /** Contracts are checked on every transport; Titan checks them in single HTTP calls only. Default false. */
  readonly strict?: boolean;
  /**
   * Reflects the origin of a request, with credentials. `'all'` does so for batch, health and authenticate too, which
   * Titan never does and browsers of another origin therefore cannot read. Default true.
   */
  readonly cors?: boolean | 'all';
  /** Emits the event `tick` with the epoch milliseconds every 500 ms. Default false. */
  readonly tick?: boolean;
  /** What goes wrong from the start; `setFaults` changes it. Default nothing. */
  readonly faults?: readonly FaultRule[];
  /** Bounds to reach sooner than the default ones. */
  readonly limits?: Partial<FixtureLimits>;
}

/** All options but the faults, which their plan parses. */
export type ParsedOptions = Required<Omit<FixtureOptions, 'limits' | 'auth'>> & {
  readonly limits: FixtureLimits;
  readonly auth: ParsedAuth | undefined;
};

/** @throws TypeError that names the option, what it is and what was expected. */
export function parseFixtureOptions(options: FixtureOptions): ParsedOptions {
  const { services = [], httpPort = 0, wsPort = 0, host = '127.0.0.1', faults = [], limits = {} } = options;
  const { auth = false, pathPrefix = '', strict = false, cors = true, tick = false } = options;
  assertPort('httpPort', httpPort);
  assertPort('wsPort', wsPort);
  if (typeof host !== 'string' || host === '') throw new TypeError(`host: ${typeof host}, expected an address`);
  if (!Array.isArray(services)) throw new TypeError(`services: ${typeof services}, expected a list of instances`);
  services.forEach((service: unknown, i) => {
    if (typeof service === 'object' && service !== null) return;
    throw new TypeError(`services[${i}]: ${typeof service}, expected an instance of a class with @Service`);
  });
  for (const [option, value] of Object.entries({ strict, tick, cors: cors === 'all' || cors })) {
    if (typeof value !== 'boolean') throw new TypeError(`${option}: ${typeof value} ${value}, expected true or false`);
  }
  const parsed = {
    auth: parseAuthOptions(auth),
    pathPrefix: parsePathPrefix(pathPrefix),
    limits: parseFixtureLimits(limits),
  };
  return { services, httpPort, wsPort, host, strict, cors, tick, faults, ...parsed };
}

function assertPort(option: string, port: unknown): void {
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 0xffff) return;
  throw new TypeError(`${option}: ${typeof port} ${String(port)}, expected a whole number from 0 to 65535`);
}
