import { describe, expect, it } from 'vitest';
import { TitanError } from '../../protocol/index.js';
import { toHttpFailure } from './http-failure.js';

const headersOf = (code: number, details: Record<string, unknown>, extras?: Record<string, unknown>) =>
  toHttpFailure(new TitanError(code, 'no', { details, ...(extras === undefined ? {} : { extras }) })).headers;

describe('Retry-After', () => {
  it.each([
    [429, 7, '7'],
    [429, 0, '0'],
    [429, 1.2, '2'],
    [429, -3, '0'],
    [429, '7', '7'],
    [429, 'Wed, 21 Oct 2026 07:28:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT'],
    [503, 2, '2'],
    [429, Number.NaN, undefined],
    [429, Number.POSITIVE_INFINITY, undefined],
    [429, '1\r\nX: y', undefined],
    [429, undefined, undefined],
    [500, 7, undefined],
    [401, 7, undefined],
  ])('of a %i with retryAfter %o is %o', (code, retryAfter, header) => {
    expect(headersOf(code, { retryAfter })['Retry-After']).toBe(header);
  });

  it('comes with the limit, from the details or the fields of the class', () => {
    const fields = { retryAfter: 3, limit: 10, remaining: 0, resetAt: 1_700_000_000_000 };
    const headers = {
      'Retry-After': '3',
      'X-RateLimit-Limit': '10',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': '1700000000000',
    };
    expect(headersOf(429, fields)).toEqual(headers);
    expect(headersOf(429, {}, fields)).toEqual(headers);
    expect(headersOf(429, { retryAfter: 9 }, fields)).toEqual({ ...headers, 'Retry-After': '9' });
    expect(headersOf(503, fields)).toEqual({ 'Retry-After': '3' });
  });
});
