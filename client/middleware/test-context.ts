import type { CallContext, Layer, Middleware } from './middleware.js';

export function testContext(fields: Partial<CallContext> = {}): CallContext {
  return {
    kind: 'query',
    backend: 'main',
    service: 'users@1.0.0',
    method: 'get',
    args: ['42'],
    headers: {},
    signal: new AbortController().signal,
    meta: new Map(),
    ...fields,
  };
}

/** Layers under the names of their functions. */
export function layersOf(middleware: Readonly<Record<string, Middleware>>): Layer[] {
  return Object.entries(middleware).map(([name, run]) => ({ name, run }));
}
