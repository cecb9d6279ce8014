import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import type { BackendState } from '../backend-handle.js';
import { watchLosses } from './link-losses.js';

function watch(first: BackendState | undefined) {
  const link = signal(first);
  const told: string[] = [];
  const stop = watchLosses(
    link,
    () => told.push('reopen'),
    () => told.push('loss'),
  );
  return { link, told, stop };
}

describe('losses of a connection', () => {
  it.each<[string, (BackendState | undefined)[], string[]]>([
    ['none before the first is open', ['idle', 'connecting', 'open'], []],
    ['one, and that it is open again', ['open', 'waiting', 'connecting', 'open'], ['loss', 'reopen']],
    ['one that was there before', ['waiting', 'connecting', 'open'], ['loss', 'reopen']],
    [
      'each attempt that fails, and one that does not',
      ['open', 'waiting', 'connecting', 'waiting', 'connecting', 'open'],
      ['loss', 'loss', 'reopen'],
    ],
    ['each once', ['open', 'waiting', 'open', 'idle', 'open', 'waiting', 'open'], ['loss', 'reopen', 'loss', 'reopen']],
    ['none of a backend without a socket', [undefined], []],
  ])('are told: %s', (_name, [first, ...others], told) => {
    const watched = watch(first);
    for (const state of others) watched.link.value = state;
    expect(watched.told).toEqual(told);
    watched.stop();
  });

  it('are told to nobody once that has ended', () => {
    const { link, told, stop } = watch('open');
    stop();
    link.value = 'waiting';
    link.value = 'open';
    expect(told).toEqual([]);
  });
});
