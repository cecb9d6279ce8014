import { z } from 'zod';
import { AGENT_VERSION, type ValueNode } from './agent-message.js';

// The panel's CSP forbids `new Function`, which zod would otherwise try with every schema (QUALITY F8).
z.config({ jitless: true });

const version = z.literal(AGENT_VERSION);
const count = z.number().int().nonnegative();
const text = z.string();

const clientRow = z.object({
  id: text,
  name: text,
  backends: z.array(z.object({ name: text, url: text })),
  ringCapacity: count,
  ringLength: count,
});

export const helloMessage = z.object({
  v: version,
  session: text,
  fault: text,
  clients: z.array(clientRow),
  nowMs: z.number(),
  timeOriginMs: z.number(),
  url: text,
});

export const recordRow = z.tuple([z.number(), count, count, count, count, count, z.number(), text]);

export const entryRow = z.object({
  id: count,
  client: text,
  backend: text,
  service: text,
  method: text,
  args: text,
  tags: z.array(text),
  observers: count,
  hasBase: z.boolean(),
  updatedAtMs: z.number(),
  maxAgeMs: z.number(),
  invalidated: z.boolean(),
  evicted: z.boolean(),
  fetching: z.boolean(),
  error: text,
  sizeBytes: count,
  hits: count,
  writes: count,
  lastReason: text,
  layers: z.array(z.object({ call: count, state: text })),
});

/** Records and entries are parsed one by one, so that a bad one costs only itself. */
export const drainMessage = z.object({
  v: version,
  session: text,
  from: count,
  next: count,
  lost: count,
  more: z.boolean(),
  nowMs: z.number(),
  t0Us: z.number(),
  table: z.array(text),
  rows: z.array(z.unknown()),
  entries: z.array(z.unknown()),
  clients: z.array(clientRow),
  costMs: z.number().nonnegative(),
});

const valueNode: z.ZodType<ValueNode> = z.lazy(() =>
  z.object({
    type: z.enum([
      'null',
      'undefined',
      'boolean',
      'number',
      'bigint',
      'string',
      'symbol',
      'function',
      'date',
      'regexp',
      'bytes',
      'error',
      'array',
      'object',
      'map',
      'set',
      'accessor',
      'redacted',
      'unreadable',
    ]),
    preview: text,
    size: count,
    children: z.array(z.object({ key: text, node: valueNode })).exactOptional(),
  }),
);

const gone = z.object({ v: version, gone: text });

export const valueReply = z.union([z.object({ v: version, node: valueNode, offset: count }), gone]);

export const diffReply = z.union([
  z.object({
    v: version,
    changes: z.array(z.object({ path: text, op: z.enum(['add', 'remove', 'change']), before: text, after: text })),
    omitted: count,
  }),
  gone,
]);

export const commandReply = z.union([
  z.object({ v: version, ok: z.literal(true) }),
  z.object({ v: version, error: text }),
]);
