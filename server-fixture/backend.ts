import type { Authenticator } from './auth/authenticator.js';
import type { TokenCookies } from './auth/token-cookies.js';
import type { Counters } from './counters.js';
import type { EventBus } from './event-bus.js';
import type { Registry } from './exposure/registry.js';
import type { FaultPlan } from './faults/fault-plan.js';
import type { FixtureLimits } from './fixture-limits.js';
import type { RateLimiter } from './invocation/rate-limiter.js';

/** What both transports of one fixture share. */
export interface Backend {
  readonly netronId: string;
  readonly registry: Registry;
  readonly events: EventBus;
  readonly counters: Counters;
  readonly limits: FixtureLimits;
  readonly faults: FaultPlan;
  readonly rateLimiter: RateLimiter;
  /** Undefined where nobody can sign in; then the rules of services are not enforced either. */
  readonly auth: Authenticator | undefined;
  /** Undefined where tokens travel in bodies and headers only. */
  readonly tokenCookies: TokenCookies | undefined;
  /** Whose pages may open a WebSocket; undefined for any. */
  readonly allowedOrigins: readonly string[] | undefined;
  /** What every path begins with: empty, or such as `/api/v1`. */
  readonly pathPrefix: string;
  /** Contracts hold on every transport. */
  readonly strict: boolean;
  readonly cors: boolean | 'all';
  /** Stream ids are counted per server, not per connection, from 1. */
  nextStreamId(): number;
}
