export type { BackendState } from './backend-handle.js';
export type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './preact/infinite-query-options.js';
export { NetronProvider, useNetronClient } from './preact/netron-provider.js';
export type { UseQueryOptions, UseQueryResult, WatchOptions } from './preact/query-hook-options.js';
export { type UseBackendResult, useBackend } from './preact/use-backend.js';
export { useInfiniteQuery } from './preact/use-infinite-query.js';
export {
  type MutationCallbacks,
  type MutationHookOptions,
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
} from './preact/use-mutation.js';
export { useQueries } from './preact/use-queries.js';
export { useQuery } from './preact/use-query.js';
export { type UseStreamOptions, type UseStreamResult, useStream } from './preact/use-stream.js';
export {
  type UseSubscriptionOptions,
  type UseSubscriptionResult,
  useSubscription,
} from './preact/use-subscription.js';
export type { RefetchOnMount } from './query-observer.js';
