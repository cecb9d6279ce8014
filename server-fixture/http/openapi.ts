import { z } from 'zod';
import type { Backend } from '../backend.js';
import type { RegisteredService } from '../exposure/registered-service.js';
import type { ServiceMethod } from '../exposure/service-members.js';

const JSON_OBJECT = { 'application/json': { schema: { type: 'object' } } };
const ITEM = {
  type: 'object',
  required: ['id', 'service', 'method', 'input'],
  properties: {
    id: { type: 'string' },
    service: { type: 'string' },
    method: { type: 'string' },
    input: { description: 'A list of arguments, or the one argument' },
    hints: { type: 'object', properties: { timeout: { type: 'number', description: 'milliseconds' } } },
  },
};
const BATCH = {
  type: 'object',
  required: ['id', 'requests'],
  properties: {
    id: { type: 'string' },
    requests: { type: 'array', items: ITEM },
    options: { type: 'object', properties: { parallel: { type: 'boolean' }, stopOnError: { type: 'boolean' } } },
  },
};

/**
 * OpenAPI 3.0.3 of this server. Titan describes a path for each method, none of which exists; this describes the few
 * routes that do, and lists under `x-netron-services` what may be called through them.
 */
export function openApi({ registry, pathPrefix }: Backend): unknown {
  return {
    openapi: '3.0.3',
    info: { title: 'Netron fixture', version: '1.0.0' },
    ...(pathPrefix === '' ? {} : { servers: [{ url: pathPrefix }] }),
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/netron/invoke': {
        post: operation('One call', {
          body: ITEM,
          statuses: ['200', '304', '400', '401', '403', '404', '429', '500', '503'],
        }),
      },
      '/netron/batch': { post: operation('Many calls', { body: BATCH, statuses: ['200', '400', '403', '503'] }) },
      '/netron/authenticate': {
        post: operation('Sign in', { body: { type: 'object' }, statuses: ['200', '400', '503'] }),
      },
      '/health': { get: operation('Whether the server is up', { statuses: ['200', '503'] }) },
      '/metrics': { get: operation('Counters', { statuses: ['200', '401'], secured: true }) },
      '/openapi.json': { get: operation('This description', { statuses: ['200', '401'], secured: true }) },
    },
    'x-netron-services': registry.all.map(describeService),
  };
}

interface OperationOptions {
  readonly body?: unknown;
  readonly statuses: readonly string[];
  readonly secured?: boolean;
}

function operation(summary: string, { body, statuses, secured = false }: OperationOptions): unknown {
  return {
    summary,
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    ...(secured ? { security: [{ bearer: [] }] } : {}),
    responses: Object.fromEntries(
      statuses.map((status) => [
        status,
        status === '304' ? { description: status } : { description: status, content: JSON_OBJECT },
      ]),
    ),
  };
}

function describeService({ name, version, methods }: RegisteredService): unknown {
  return { name, version, methods: Object.fromEntries([...methods].map(([key, method]) => [key, describe(method)])) };
}

function describe({ streams, rules: { auth, cache, rateLimit, contract } }: ServiceMethod): unknown {
  const { input } = contract;
  return { streams, auth, cache, rateLimit, input: input === undefined ? undefined : inputSchema(input) };
}

/** A schema that JSON Schema has no words for must not cost the whole description. */
function inputSchema(input: z.ZodType): unknown {
  return z.toJSONSchema(input, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' });
}
