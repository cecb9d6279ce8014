import { describe, expect, it } from 'vitest';
import { NetronError, type NetronErrorCode } from '../netron-error.js';
import { type Verdict, verdictOf } from './verdict.js';

function remote(status?: number): NetronError {
  return new NetronError('remote', 'no', status === undefined ? {} : { status });
}

describe('what a failed call says about its backend', () => {
  it.each<[NetronErrorCode, Verdict]>([
    ['network', 'failure'],
    ['timeout', 'failure'],
    ['protocol', 'failure'],
    ['aborted', 'ignored'],
    ['too-large', 'ignored'],
    ['overflow', 'ignored'],
    ['invalid-argument', 'ignored'],
    ['invalid-config', 'ignored'],
    ['unknown-backend', 'ignored'],
    ['unavailable', 'ignored'],
  ])('with the code %s: %s', (code, verdict) => {
    expect(verdictOf(new NetronError(code, 'no', { status: 503 }))).toBe(verdict);
  });

  it.each([400, 401, 403, 404, 407, 409, 410, 422, 428, 430, 499])(
    "with the caller's own status %d: ignored",
    (status) => {
      expect(verdictOf(remote(status))).toBe('ignored');
    },
  );

  it.each([399, 408, 429, 500, 501, 502, 503, 504, 507, 511, 600, 601, undefined])(
    'with the status %s: failure',
    (status) => {
      expect(verdictOf(remote(status))).toBe('failure');
    },
  );

  it.each([new Error('of a middleware'), 'text', null, undefined])(
    'by something that is no error of a call: ignored',
    (thrown) => {
      expect(verdictOf(thrown)).toBe('ignored');
    },
  );
});
