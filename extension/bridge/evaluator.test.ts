import { describe, expect, it, vi } from 'vitest';
import { classifyRejection, normalizeResult } from './evaluator.js';

vi.mock('webextension-polyfill', () => ({ default: { devtools: { inspectedWindow: { eval: vi.fn() } } } }));
const browser = (await import('webextension-polyfill')).default;
const { DirectEvaluator } = await import('./direct-evaluator.js');
const evalInPage = vi.mocked(browser.devtools.inspectedWindow.eval);

describe('classifyRejection', () => {
  it.each([
    ['Permission denied', 'denied'],
    ['E_FAILED Operation failed: Permission denied', 'denied'],
    ['E_NOTFOUND Object not found: https://x', 'denied'],
    ['This extension is not allowed on the current inspected window origin', 'denied'],
    ['uniqueContextId not found', 'retry'],
    ['Cannot find context with specified id', 'retry'],
    ['Inspected target navigated or closed', 'retry'],
    ['The frame has no execution context', 'retry'],
    ['Target crashed', 'retry'],
    ['An unexpected error occurred', 'retry'],
    ['Target already destroyed, unable to fetch children fronts', 'retry'],
    ['something nobody has seen yet', 'retry'],
    ['', 'retry'],
  ])('%j means %s', (message, kind) => expect(classifyRejection(message)).toEqual({ kind, message }));
});

describe('normalizeResult', () => {
  it.each([
    ['Chromium’s own promise', '{"v":1}', { kind: 'value', value: '{"v":1}' }],
    ['an empty string', '', { kind: 'value', value: '' }],
    ['undefined', undefined, { kind: 'value', value: undefined }],
    ['an object', { a: 1 }, { kind: 'value', value: { a: 1 } }],
    ['Firefox, a value', ['{"v":1}', undefined], { kind: 'value', value: '{"v":1}' }],
    ['Firefox, a value alone', ['x'], { kind: 'value', value: 'x' }],
    ['the polyfill, null for no failure', ['x', null], { kind: 'value', value: 'x' }],
    ['an empty answer', [], { kind: 'value', value: undefined }],
    ['a throw', [undefined, { isException: true, value: 'Error: x' }], { kind: 'threw', message: 'Error: x' }],
    ['a throw of nothing', [undefined, { isException: true }], { kind: 'threw', message: 'undefined' }],
    [
      'a refusal',
      [undefined, { isError: true, code: 'E_FAILED', description: 'Permission denied' }],
      { kind: 'denied', message: 'Permission denied' },
    ],
    [
      'a refusal by code',
      [undefined, { isError: true, code: 'E_NOTFOUND' }],
      { kind: 'denied', message: 'E_NOTFOUND' },
    ],
    [
      'a failure',
      [undefined, { isError: true, description: 'Target crashed' }],
      { kind: 'retry', message: 'Target crashed' },
    ],
    ['a failure without a word', [undefined, {}], { kind: 'retry', message: 'eval failed' }],
  ])('%s', (_, result, outcome) => expect(normalizeResult(result)).toEqual(outcome));
});

describe('DirectEvaluator', () => {
  it.each([
    ['resolves', () => Promise.resolve(['x', undefined]), { kind: 'value', value: 'x' }],
    [
      'throws at once',
      () => {
        throw new Error('Property "frameURL" is unsupported');
      },
      { kind: 'retry', message: 'Property "frameURL" is unsupported' },
    ],
    [
      'rejects with an error',
      () => Promise.reject(new Error('Permission denied')),
      { kind: 'denied', message: 'Permission denied' },
    ],
    ['rejects with text', () => Promise.reject('Target crashed'), { kind: 'retry', message: 'Target crashed' }],
    ['rejects with nothing', () => Promise.reject(undefined), { kind: 'retry', message: 'undefined' }],
    ['rejects with an empty object', () => Promise.reject({}), { kind: 'retry', message: 'eval failed' }],
    [
      'rejects with what the page threw',
      () => Promise.reject({ isException: true, value: 'Error: x' }),
      { kind: 'threw', message: 'Error: x' },
    ],
    [
      'rejects with a pattern and its details',
      () => Promise.reject({ code: 'E_FAILED', description: 'Operation failed: %s', details: ['Permission denied'] }),
      { kind: 'denied', message: 'Operation failed: Permission denied' },
    ],
    [
      'rejects with too few details',
      () => Promise.reject({ description: '%s and %s', details: ['one'] }),
      { kind: 'retry', message: 'one and ' },
    ],
  ])('settles when eval %s', async (_, run, outcome) => {
    evalInPage.mockImplementationOnce(run as never).mockResolvedValueOnce(['again', undefined] as never);
    const evaluator = new DirectEvaluator();
    expect(await evaluator.evaluate('1')).toEqual(outcome);
    expect(await evaluator.evaluate('1')).toEqual({ kind: 'value', value: 'again' });
  });
});
