import { describe, expect, it } from 'vitest';
import { httpStatusOf, isRetryableCode, MULTIPLE_ERRORS, UNKNOWN_ERROR } from './error-code.js';
import { clientHandshake, HANDSHAKE_FIRST_BYTE, parseHandshake, serverHandshake } from './handshake.js';

describe('the handshake', () => {
  it.each(['c1', '0190a000-0000-7000-8000-000000000001', 'with "quotes" and \u2028'])('carries the id %j', (id) => {
    expect(parseHandshake(clientHandshake(id), 'client-id')).toBe(id);
    expect(parseHandshake(serverHandshake(id), 'id')).toBe(id);
    expect(clientHandshake(id).charCodeAt(0)).toBe(HANDSHAKE_FIRST_BYTE);
  });

  it('is written as Titan writes it', () => {
    expect(clientHandshake('c1')).toBe('{"type":"client-id","id":"c1"}');
    expect(serverHandshake('s1')).toBe('{"type":"id","id":"s1"}');
  });

  it.each([
    '',
    'x',
    'null',
    '1',
    '"id"',
    '[]',
    '{}',
    '{"type":"id"}',
    '{"type":"id","id":""}',
    '{"type":"id","id":1}',
    '{"type":"id","id":null}',
    '{"id":"s1"}',
    '{"type":"client-id","id":"c1"}',
    '{"type":"ID","id":"s1"}',
    '{"__proto__":{"type":"id","id":"s1"}}',
    '{"type":"id","id":"s1"',
    '['.repeat(100_000),
  ])('refuses %.60j', (text) => {
    expect(parseHandshake(text, 'id')).toBeUndefined();
    expect(parseHandshake('{"type":"id","id":"s1","more":1}', 'id')).toBe('s1');
  });
});

describe('error codes', () => {
  it.each([
    [100, 100],
    [404, 404],
    [599, 599],
    [99, 500],
    [MULTIPLE_ERRORS, 500],
    [UNKNOWN_ERROR, 500],
    [0, 500],
    [-1, 500],
    [404.5, 500],
    [Number.NaN, 500],
    [Number.POSITIVE_INFINITY, 500],
  ])('%d stands for the HTTP status %d', (code, status) => expect(httpStatusOf(code)).toBe(status));

  it('are worth another try when they may pass', () => {
    const codes = [400, 401, 403, 404, 408, 409, 429, 500, 501, 502, 503, 504, 507, 511, 600, 601];
    expect(codes.filter(isRetryableCode)).toEqual([408, 429, 500, 502, 503, 504, 507, 511]);
  });
});
