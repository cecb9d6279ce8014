import { describe, expect, it } from 'vitest';
import { parseInvokeRequest, parseInvokeResponse } from './http.js';

const good = { id: '1', service: 'users', method: 'get', input: ['u1'] };

describe('parseInvokeRequest', () => {
  it.each([
    ['the least', good, good],
    ['a single argument', { ...good, input: 5 }, { ...good, input: 5 }],
    ['null as argument', { ...good, input: null }, { ...good, input: null }],
    ['undefined as argument', { ...good, input: undefined }, { ...good, input: undefined }],
    ['a deadline', { ...good, hints: { timeout: 5 } }, { ...good, hints: { timeout: 5 } }],
    ['hints that the server ignores', { ...good, hints: { priority: 'high' } }, good],
    ['hints that are none', { ...good, hints: 5 }, good],
    ['a deadline of zero', { ...good, hints: { timeout: 0 } }, good],
    ['a deadline in words', { ...good, hints: { timeout: '5' } }, good],
    ['a deadline that is no number', { ...good, hints: { timeout: Number.NaN } }, good],
    ['more fields', { ...good, context: {}, x: 1 }, good],
    ['empty names, which the registry refuses', { ...good, id: '', service: '' }, { ...good, id: '', service: '' }],
  ])('reads %s', (_, body, request) => expect(parseInvokeRequest(body)).toEqual(request));

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'x'],
    ['a list', [good]],
    ['an empty object', {}],
    ['no input', { id: '1', service: 's', method: 'm' }],
    ['an inherited input', Object.assign(Object.create({ input: 1 }), { id: '1', service: 's', method: 'm' })],
    ['no id', { ...good, id: undefined }],
    ['an id that is a number', { ...good, id: 1 }],
    ['no service', { ...good, service: null }],
    ['a method that is a list', { ...good, method: ['get'] }],
  ])('refuses %s', (_, body) => {
    expect(parseInvokeRequest(body)).toBeUndefined();
    expect(parseInvokeRequest(good)).toEqual(good);
  });
});

describe('parseInvokeResponse', () => {
  const failed = (error: object) => ({
    ok: false,
    id: '1',
    error: { message: 'm', code: '500', details: {}, ...error },
  });
  const noMessage = 'The server gave no message';

  it.each([
    ['a result', { id: '1', success: true, data: 5 }, { ok: true, id: '1', data: 5, cache: undefined }],
    ['a result of nothing', { id: '1', success: true }, { ok: true, id: '1', data: undefined, cache: undefined }],
    ['a result without id', { success: true, data: 5 }, { ok: true, id: '', data: 5, cache: undefined }],
    [
      'server metrics',
      { success: true, data: 1, hints: { metrics: {} } },
      { ok: true, id: '', data: 1, cache: undefined },
    ],
    [
      'cache hints',
      { id: '1', success: true, data: 5, hints: { cache: { maxAge: 300_000, tags: ['a', 1, null, 'b'] } } },
      { ok: true, id: '1', data: 5, cache: { maxAgeMs: 300_000, tags: ['a', 'b'] } },
    ],
    ['empty cache hints', { success: true, data: 1, hints: { cache: {} } }, { ok: true, id: '', data: 1, cache: {} }],
    [
      'cache hints that are none',
      { success: true, data: 1, hints: { cache: { maxAge: -1, tags: 'a' } } },
      { ok: true, id: '', data: 1, cache: {} },
    ],
    ['a list of hints', { success: true, data: 1, hints: [] }, { ok: true, id: '', data: 1, cache: undefined }],
    [
      'an error',
      { id: '1', success: false, error: { code: '409', message: 'conflict!', details: { field: 'x' } } },
      failed({ code: '409', message: 'conflict!', details: { field: 'x' } }),
    ],
    [
      'an error by name',
      { id: '1', error: { code: 'VERSION_CONFLICT', message: 'm' } },
      failed({ code: 'VERSION_CONFLICT' }),
    ],
    ['a code that is a number', { id: '1', error: { code: 404, message: 'm' } }, failed({ code: '404' })],
    ['no code', { id: '1', error: { message: 'm' } }, failed({})],
    ['a code that is none', { id: '1', error: { message: 'm', code: {} } }, failed({})],
    ['no message', { id: '1', error: { code: '503' } }, failed({ code: '503', message: noMessage })],
    ['a message that is none', { id: '1', error: { message: { toString: 1 } } }, failed({ message: noMessage })],
    ['details that are a list', { id: '1', error: { message: 'm', details: [1] } }, failed({})],
    [
      'the shape of the outermost handler',
      { error: true, message: 'Not found', code: '404', timestamp: '2026-01-01' },
      { ok: false, id: '', error: { code: '404', message: 'Not found', details: {} } },
    ],
    [
      'the shape of introspection',
      { error: { code: '401', message: 'Authentication required' } },
      { ok: false, id: '', error: { code: '401', message: 'Authentication required', details: {} } },
    ],
    [
      'an item of a batch',
      { id: '3', success: false, error: { code: '601', message: 'thrown' } },
      { ok: false, id: '3', error: { code: '601', message: 'thrown', details: {} } },
    ],
  ])('reads %s', (_, body, response) => expect(parseInvokeResponse(body)).toEqual(response));

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['text', '<html>'],
    ['an empty object', {}],
    ['success in words', { success: 'true', data: 5 }],
    ['success as a number', { success: 1, data: 5 }],
    ['failure without an error', { success: false }],
    ['an error in words', { error: 'Bad Gateway' }],
    ['an error that is false', { error: false, message: 'm' }],
    ['an error that is null', { error: null }],
    ['health', { status: 'online' }],
  ])('refuses %s', (_, body) => {
    expect(parseInvokeResponse(body)).toBeUndefined();
    expect(parseInvokeResponse({ success: true, data: 1 })).toMatchObject({ ok: true });
  });

  it('takes keys from the body alone, not from prototypes', () => {
    const body: unknown = JSON.parse('{"__proto__":{"success":true,"data":1}}');
    expect(parseInvokeResponse(body)).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'success')).toBe(false);
  });
});
