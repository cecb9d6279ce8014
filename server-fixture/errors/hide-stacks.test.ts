import { describe, expect, it } from 'vitest';
import { remoteStackOf, TitanError } from '../../protocol/index.js';
import { hideStacks } from './hide-stacks.js';

const hidden = (error: Error): boolean => remoteStackOf(error) === '';

describe('the stacks of a value', () => {
  it.each<[string, (error: Error) => unknown]>([
    ['the value itself', (error) => error],
    ['a field', (error) => ({ a: { b: error } })],
    ['a list', (error) => [[error]]],
    ['a set', (error) => new Set([error])],
    ['a key of a map', (error) => new Map([[error, 1]])],
    ['a value of a map', (error) => new Map([[1, error]])],
    ['details', (error) => new TitanError(409, 'x', { details: { error } })],
    ['a field of another error', (error) => Object.assign(new Error('outer'), { info: error })],
    ['the end of a long list', (error) => [...Array.from({ length: 1000 }, () => ({})), error]],
    ['the bottom of a deep object', (error) => nest(error, 1000)],
  ])('are hidden in %s', (_name, wrap) => {
    const error = new RangeError('inner');
    hideStacks(wrap(error));
    expect(hidden(error)).toBe(true);
  });

  it('are hidden beside a cycle, and beside objects that are shared without end', () => {
    const error = new Error('inner');
    const cycle: unknown[] = [];
    cycle.push(cycle, error);
    hideStacks(cycle);
    expect(hidden(error)).toBe(true);
    const last = new Error('last');
    let shared: unknown = { last };
    for (let i = 0; i < 60; i++) shared = [shared, shared];
    hideStacks(shared);
    expect(hidden(last)).toBe(true);
  });

  it('stay where they came over the wire, and what is no error stays as it is', () => {
    const error = Object.assign(new Error('theirs'), { remoteStack: 'at their.js' });
    const value = { error, bytes: Uint8Array.of(1), date: new Date(0), text: 'a', nothing: null };
    hideStacks(value);
    expect(remoteStackOf(error)).toBe('at their.js');
    expect(value).toEqual({ error, bytes: Uint8Array.of(1), date: new Date(0), text: 'a', nothing: null });
  });
});

function nest(value: unknown, levels: number): unknown {
  let nested = value;
  for (let i = 0; i < levels; i++) nested = { nested };
  return nested;
}
