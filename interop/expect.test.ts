import { describe, expect, it } from 'vitest';
import { NetronError } from '../client/index.js';
import { equal, fails, failsWith, isError, isRefused, isResult, isStatus, oneOf, reasonOf, settle } from './expect.js';
import { MAX_REASON_CHARACTERS } from './limits.js';

const CONFLICT = new NetronError('remote', 'conflict!', { status: 409, details: { field: 'x' } });
const UNREACHABLE = new NetronError('network', 'cannot reach it', { cause: new Error('ECONNREFUSED') });

describe('equal', () => {
  it.each([
    [1, 1],
    [{ a: [new Map([[1, new Set([2n])]])] }, { a: [new Map([[1, new Set([2n])]])] }],
    [Number.NaN, Number.NaN],
  ])('takes %o for %o', (actual, expected) => expect(() => equal(actual, expected)).not.toThrow());

  it.each([
    [{ a: undefined }, {}],
    [[undefined], [null]],
    [new Date(0), new Date(1)],
    [1n, 1],
    [Uint8Array.of(1), [1]],
  ])('tells %o from %o', (actual, expected) => expect(() => equal(actual, expected)).toThrow('the result is '));
});

describe('an expected error', () => {
  it('must have every field, and no other', async () => {
    await fails(Promise.reject(CONFLICT), { status: 409, reason: 'conflict!', details: { field: 'x' } });
    for (const expected of [
      { status: 409, reason: 'conflict!' },
      { status: 409, reason: 'conflict!', details: { field: 'x' }, businessCode: 'X' },
      { status: 404, reason: 'conflict!', details: { field: 'x' } },
    ]) {
      await expect(fails(Promise.reject(CONFLICT), expected)).rejects.toThrow('the error is {');
    }
  });

  it('may be known by code and status alone', async () => {
    expect(await failsWith(Promise.reject(CONFLICT), 'remote', 409)).toBe(CONFLICT);
    await expect(failsWith(Promise.reject(CONFLICT), 'remote', 404)).rejects.toThrow('expected remote 404');
    await expect(failsWith(Promise.reject(CONFLICT), 'aborted')).rejects.toThrow('expected aborted');
    isStatus({ ok: false, error: CONFLICT }, 409);
    expect(() => isStatus({ ok: false, error: CONFLICT }, 401)).toThrow('the status is 409, expected 401');
  });

  it('must be one, and of the client', async () => {
    await expect(fails(Promise.resolve(5), { reason: '' })).rejects.toThrow('answered 5, expected an error');
    await expect(settle(Promise.reject(new TypeError('odd')))).rejects.toThrow(
      'TypeError: odd, which is no NetronError',
    );
  });

  it('gives way to the one of a server that is not there', async () => {
    await expect(fails(Promise.reject(UNREACHABLE), { status: 409, reason: 'x' })).rejects.toBe(UNREACHABLE);
    expect(await failsWith(Promise.reject(UNREACHABLE), 'network')).toBe(UNREACHABLE);
  });

  it('of a refusal names the path', async () => {
    const refusal = new NetronError('invalid-argument', 'cannot carry Date at args[0]');
    await isRefused(Promise.reject(refusal), 'args[0]');
    await expect(isRefused(Promise.reject(refusal), 'args[1]')).rejects.toThrow('which does not name args[1]');
    await expect(isRefused(Promise.reject(CONFLICT))).rejects.toThrow('expected invalid-argument');
  });
});

describe('one of several behaviours', () => {
  it('is named', async () => {
    const behave = (outcome: Awaited<ReturnType<typeof settle>>): string =>
      oneOf({
        refused: () => isError(outcome, { status: 409, reason: 'conflict!', details: { field: 'x' } }),
        'let through': () => isResult(outcome, 5),
      });
    expect(behave(await settle(Promise.reject(CONFLICT)))).toBe('refused');
    expect(behave(await settle(Promise.resolve(5)))).toBe('let through');
    expect(() => behave({ ok: true, value: 6 })).toThrow(
      'none of: refused (answered 6, expected an error); let through (the result is 6, expected 5)',
    );
    expect(() => behave({ ok: false, error: UNREACHABLE })).toThrow(UNREACHABLE);
  });
});

describe('a reason', () => {
  it('is one line with the causes, each said once', () => {
    expect(reasonOf(UNREACHABLE)).toBe('[network] cannot reach it: ECONNREFUSED');
    expect(reasonOf(new Error('a\n  b', { cause: new Error('c') }))).toBe('a b: c');
    expect(reasonOf(new Error('outer: inner', { cause: new Error('inner') }))).toBe('outer: inner');
    expect(reasonOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
  });

  it('has an end, also where causes go round', () => {
    const round = new Error('round');
    round.cause = round;
    expect(reasonOf(round)).toBe('round');
    expect(reasonOf(new Error('x'.repeat(10_000)))).toHaveLength(MAX_REASON_CHARACTERS);
  });
});
