import { AuthService } from './auth/auth-service.js';
import { Authenticator } from './auth/authenticator.js';
import { TokenCookies } from './auth/token-cookies.js';
import type { Backend } from './backend.js';
import { createConformanceServices } from './conformance/conformance-services.js';
import { Counters } from './counters.js';
import { createDemoServices } from './demo/demo-services.js';
import { EventBus } from './event-bus.js';
import { serviceNameOf } from './exposure/decorators.js';
import { Registry } from './exposure/registry.js';
import { uuidV7 } from './exposure/uuid.js';
import { FaultPlan } from './faults/fault-plan.js';
import type { FaultRule } from './faults/fault-rule.js';
import { type FixtureOptions, type ParsedOptions, parseFixtureOptions } from './fixture-options.js';
import { HttpEndpoint } from './http/http-endpoint.js';
import { RateLimiter } from './invocation/rate-limiter.js';
import { TICK_INTERVAL_MS } from './limits.js';
import { WsEndpoint } from './ws/ws-endpoint.js';

/** A running server. */
export interface Fixture {
  /** `http://host:port` and the path prefix, without a slash at the end. */
  readonly http: string;
  /** `ws://host:port` and the path prefix, without a slash at the end. */
  readonly ws: string;
  /** What the server calls itself in handshakes and definitions. New for each fixture. */
  readonly netronId: string;
  /** Live counts; read them at any time. */
  readonly counters: Readonly<Counters>;
  /** How many calls each fault rule has befallen, in the order of the rules. */
  readonly faultHits: readonly number[];
  /**
   * Replaces all fault rules, from the next call on; `[]` ends them.
   *
   * @throws TypeError for a bad rule; then the rules stay as they were.
   */
  setFaults(rules: readonly FaultRule[]): void;
  /**
   * Takes no more HTTP calls: from now on each is 503 "Server is shutting down", and so is `/health`. What runs goes on,
   * and WebSockets stay. Resolves when the last HTTP request is answered; may be called again. Never rejects.
   */
  drain(): Promise<void>;
  /**
   * Ends every stream and call, drops every connection and frees both ports. Resolves when that is done; may be called
   * again. Never rejects.
   */
  close(): Promise<void>;
}

/**
 * Starts a small Titan server on two ports of this machine, with the conformance and demo services and your own.
 *
 * @throws TypeError for bad options and for services without `@Service` or with a name and version that come twice;
 * Node's error for a port that is taken. Nothing stays open then.
 */
export async function createFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const parsed = parseFixtureOptions(options);
  const { httpPort, wsPort, host, tick, pathPrefix } = parsed;
  const backend = createBackend(parsed);
  const http = new HttpEndpoint(backend);
  const ws = new WsEndpoint(backend);
  let closing: Promise<void> | undefined;
  const ticking = tick ? setInterval(() => backend.events.emit('tick', Date.now()), TICK_INTERVAL_MS) : undefined;
  const close = (): Promise<void> => {
    clearInterval(ticking);
    closing ??= Promise.all([http.close(), ws.close()]).then(() => undefined);
    return closing;
  };
  // Both are waited for even if one fails: a listener that comes up later could not be closed.
  const [httpResult, wsResult] = await Promise.allSettled([http.listen(host, httpPort), ws.listen(host, wsPort)]);
  if (httpResult.status === 'rejected' || wsResult.status === 'rejected') {
    await close();
    throw httpResult.status === 'rejected' ? httpResult.reason : (wsResult as PromiseRejectedResult).reason;
  }
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    http: `http://${authority}:${httpResult.value}${pathPrefix}`,
    ws: `ws://${authority}:${wsResult.value}${pathPrefix}`,
    netronId: backend.netronId,
    counters: backend.counters,
    get faultHits() {
      return backend.faults.hits;
    },
    setFaults: (rules) => backend.faults.set(rules),
    drain: () => http.drain(),
    close,
  };
}

function createBackend(options: ParsedOptions): Backend {
  const { services, auth, pathPrefix, strict, cors, limits } = options;
  let lastStreamId = 0;
  const counters = new Counters();
  const faults = new FaultPlan(counters);
  faults.set(options.faults);
  const authenticator = auth === undefined ? undefined : new Authenticator();
  return {
    netronId: uuidV7(),
    registry: new Registry(withBuiltIns(services, authenticator)),
    events: new EventBus(),
    counters,
    limits,
    faults,
    rateLimiter: new RateLimiter(),
    auth: authenticator,
    tokenCookies: auth?.cookies === true ? new TokenCookies(auth) : undefined,
    allowedOrigins: auth?.origins,
    pathPrefix,
    strict,
    cors,
    nextStreamId: () => {
      lastStreamId++;
      return lastStreamId;
    },
  };
}

/** A given service takes the place of the built-in one of its name, so that the order of registration stays. */
function withBuiltIns(services: readonly object[], authenticator: Authenticator | undefined): object[] {
  const left = [...services];
  const signIn = authenticator === undefined ? [] : [new AuthService(authenticator)];
  const all = [...createConformanceServices(), ...createDemoServices(), ...signIn].map((builtIn) => {
    const index = left.findIndex((service) => isSameService(service, builtIn));
    return index < 0 ? builtIn : (left.splice(index, 1)[0] ?? builtIn);
  });
  return [...all, ...left];
}

function isSameService(a: object, b: object): boolean {
  const left = serviceNameOf(a);
  const right = serviceNameOf(b);
  return left !== undefined && left.name === right?.name && left.version === right.version;
}
