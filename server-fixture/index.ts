export { TitanError, type TitanErrorFields } from '../protocol/index.js';
export type { AuthOptions } from './auth/auth-options.js';
export type { AuthContext } from './auth/authenticator.js';
export type { Counters } from './counters.js';
export { Directory, type DirectoryOptions, type Team } from './demo/directory.js';
export { Market, type MarketOptions, type Price } from './demo/market.js';
export type { Person } from './demo/people.js';
export { Public, type PublicOptions, Service, Stream } from './exposure/decorators.js';
export type {
  CacheRule,
  MemberRules,
  MethodContract,
  RateLimitRule,
  ServiceOptions,
} from './exposure/service-rules.js';
export type { FaultEffect, FaultRule, Transport } from './faults/fault-rule.js';
export { createFixture, type Fixture } from './fixture.js';
export type { FixtureLimits } from './fixture-limits.js';
export type { FixtureOptions } from './fixture-options.js';
export { type CallContext, currentCall } from './invocation/call-context.js';
export { pause } from './invocation/pause.js';
