import { describe, expect, it } from 'vitest';
import type { EntryRow } from '../../../protocol/index.js';
import { entryState, freshForMs } from './entry-state.js';

const NOW = 10_000;
const fresh: EntryRow = {
  ...{ id: 1, client: 'c', backend: 'b', service: 's', method: 'm', args: '', tags: [], observers: 1, hasBase: true },
  ...{
    updatedAtMs: 9_000,
    maxAgeMs: 5_000,
    invalidated: false,
    evicted: false,
    fetching: false,
    error: '',
    sizeBytes: 0,
  },
  ...{ hits: 0, writes: 1, lastReason: '', layers: [] },
};
const layers = [{ call: 1, state: 'pending' }];

describe('entryState and freshForMs', () => {
  it.each<[string, Partial<EntryRow>, string, number]>([
    ['young', {}, 'fresh', 4_000],
    ['at its last moment', { updatedAtMs: 5_001 }, 'fresh', 1],
    ['as old as it may get', { updatedAtMs: 5_000 }, 'stale', 0],
    ['never kept', { maxAgeMs: 0 }, 'stale', 0],
    ['kept for ever', { maxAgeMs: -1 }, 'fresh', Number.POSITIVE_INFINITY],
    ['invalidated', { invalidated: true }, 'stale', 0],
    ['invalidated though kept for ever', { invalidated: true, maxAgeMs: -1 }, 'stale', 0],
    ['fetched for the first time', { hasBase: false, fetching: true }, 'fetching', 0],
    ['fetched again', { fetching: true }, 'revalidating', 4_000],
    ['fetched again under layers', { fetching: true, layers }, 'revalidating', 4_000],
    ['under layers', { layers }, 'optimistic', 4_000],
    ['under layers after a failure', { layers, error: 'x' }, 'optimistic', 4_000],
    ['failed', { error: 'x' }, 'error', 4_000],
    ['failed without data', { error: 'x', hasBase: false }, 'error', 0],
    ['without data', { hasBase: false }, 'empty', 0],
    ['without observers', { observers: 0 }, 'inactive', 4_000],
    ['without observers and old', { observers: 0, invalidated: true }, 'inactive', 0],
    ['from the future', { updatedAtMs: 20_000 }, 'fresh', 15_000],
  ])('%s', (_, fields, state, forMs) => {
    const entry = { ...fresh, ...fields };
    expect([entryState(entry, NOW), freshForMs(entry, NOW)]).toEqual([state, forMs]);
  });
});
