export { NetronProvider, useNetronClient } from './preact/netron-provider.js';
export { type UseMutationOptions, type UseMutationResult, useMutation } from './preact/use-mutation.js';
export { type UseQueryOptions, type UseQueryResult, useQuery } from './preact/use-query.js';
export { type UseStreamOptions, type UseStreamResult, useStream } from './preact/use-stream.js';
