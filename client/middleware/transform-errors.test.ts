import { describe, expect, it } from 'vitest';
import { NetronError } from '../netron-error.js';
import { compose } from './middleware.js';
import { layersOf, testContext } from './test-context.js';
import { transformErrors } from './transform-errors.js';

const ORIGINAL = new NetronError('remote', 'taken', {
  backend: 'main',
  service: 'users',
  method: 'create',
  status: 409,
  businessCode: 'NAME_TAKEN',
  details: { field: 'name' },
  retryAfterMs: 5,
  retryable: true,
});

function failing(transform: Parameters<typeof transformErrors>[0], thrown: unknown = ORIGINAL): Promise<unknown> {
  const layers = layersOf({ transform: transformErrors(transform) });
  const call = compose(layers, testContext(), () => Promise.reject(thrown));
  return call.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );
}

describe('transformErrors', () => {
  it('tells the error and the call', async () => {
    const told: unknown[] = [];
    await failing((error, context) => told.push(error, context.service));
    expect(told).toEqual([ORIGINAL, 'users@1.0.0']);
  });

  it('throws a NetronError as it is', async () => {
    const other = new NetronError('unavailable', 'later');
    expect(await failing(async () => other)).toBe(other);
  });

  it.each<[string, unknown]>([
    ['another error', new RangeError('choose another name')],
    ['a text', 'choose another name'],
  ])('rewords with %s and keeps the rest', async (_name, made) => {
    const error = await failing(() => made);
    expect(error).toMatchObject({
      code: 'remote',
      reason: 'choose another name',
      message: '[remote] users.create on main: choose another name',
      status: 409,
      businessCode: 'NAME_TAKEN',
      details: { field: 'name' },
      retryAfterMs: 5,
      retryable: true,
      cause: made,
    });
  });

  it.each([undefined, null, 7, true, {}])('leaves the original when it gives %j', async (made) => {
    expect(await failing(() => made)).toBe(ORIGINAL);
  });

  it('lets what is no error of a call pass, and results', async () => {
    const foreign = new TypeError('of the call itself');
    expect(await failing(() => expect.fail('ran'), foreign)).toBe(foreign);
    const layers = layersOf({ transform: transformErrors(() => expect.fail('ran')) });
    expect(await compose(layers, testContext(), async () => 'result')).toBe('result');
  });

  it('fails the call with its own error when it throws', async () => {
    const error = await failing(() => {
      throw new Error('bug');
    });
    expect(error).toMatchObject({ code: 'invalid-config', reason: 'middleware transform threw: bug' });
  });
});
