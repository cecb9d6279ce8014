export type { AuthOptions, TokenStorage } from './auth/auth-options.js';
export type { AuthResult, BackendHandle, EventSubscription } from './backend-handle.js';
export type { BreakerOptions } from './breaker/breaker-options.js';
export type { CacheOptions } from './cache/cache-policy.js';
export type { EntryRef } from './cache/entry.js';
export { type Layer, layer } from './cache/layer.js';
export type { EntryInfo, Selector } from './cache/selector.js';
export type {
  BackendOptions,
  BatchOptions,
  CallOptions,
  ClientOptions,
  DevtoolsOptions,
  StoreOptions,
  TokenSource,
} from './client-options.js';
export { Backend, Service, type ServiceDecorator } from './decorators/class-decorators.js';
export { Mutation, type MutationDecorator, Query, type QueryDecorator } from './decorators/method-decorators.js';
export { type DehydratedMethod, type DehydratedState, dehydrate, hydrate } from './dehydrate.js';
export { EventBus, type EventBusOptions, type EventBusStats, type ListenOptions } from './events/event-bus.js';
export type { EventBusHandler, EventName, EventPattern } from './events/event-map.js';
export type { EventMiddleware, EventNext, EventOutcome } from './events/event-middleware.js';
export { type LogEntry, type LoggingOptions, type LogLevel, logging } from './middleware/logging.js';
export type { CallContext, Middleware, Next } from './middleware/middleware.js';
export type { MiddlewareOptions } from './middleware/middleware-chain.js';
export type { Stage, StageHandler } from './middleware/stage.js';
export { type Timing, type TimingOptions, timing } from './middleware/timing.js';
export { transformErrors } from './middleware/transform-errors.js';
export type { AnyMutationOptions, MutationOptions, MutationRules } from './mutation-options.js';
export { type CacheStats, NetronClient } from './netron-client.js';
export { isNetronError, NetronError, type NetronErrorCode, type NetronErrorFields } from './netron-error.js';
export { NetronService } from './netron-service.js';
export { type OptimisticChange, optimistic } from './optimistic.js';
export { observe, type QueryObserver } from './query-observer.js';
export type { QueryOptions } from './query-options.js';
export type { RemoteService } from './remote-service.js';
export type { CallDefaults, CallMetrics, RequestOptions, SchemaResult, StandardSchema } from './request-options.js';
export type { RetryOptions } from './retry/retry-policy.js';
export { browserRuntime, type Runtime, type WebSocketLike } from './runtime.js';
export {
  type Args,
  type Item,
  type Method,
  type Result,
  type ServiceId,
  type ServiceMethod,
  type ServiceOptions,
  type ServiceRef,
  type StreamMethod,
  service,
} from './service.js';
export type { Fluent, FluentByName, Unfit } from './service-chain.js';
export type { MutationDefaults, QueryDefaults } from './service-defaults.js';
export type { NetronStream, StreamBuffer } from './stream/netron-stream.js';
export type { StreamOptions, StreamReconnect } from './stream/stream-options.js';
export type { EventHandler } from './transport/ws/subscriptions.js';
