import { both, http, subject, ws } from '../case.js';
import { Echo } from '../contracts.js';
import { type ExpectedError, equal, fails, failsWith, isError, oneOf, settle } from '../expect.js';

const JUST = { status: 500 };
const OUTER = { ...JUST, reason: 'outer' };
const TITAN = { status: 409, reason: 'conflict!', details: { field: 'x' } };
const BUSINESS = {
  status: 401,
  reason: 'Session expired',
  businessCode: 'SESSION_EXPIRED',
  details: { errorCode: 'SESSION_EXPIRED' },
};
const RATE = { status: 429, reason: 'Too many requests', retryAfterMs: 7_000, details: { retryAfter: 7 } };

/** Of `echo.fail`, alike over both. Mutations, since a client may ask a failed query again. */
const ALIKE: Readonly<Record<string, ExpectedError>> = {
  plain: { ...JUST, reason: 'plain failure' },
  type: { ...JUST, reason: 'type failure' },
  titan: TITAN,
  business: BUSINESS,
  rate: RATE,
  unavailable: { status: 503, reason: 'down' },
  string: { ...JUST, reason: 'just a string' },
  cause: OUTER,
  'of some other kind': { ...JUST, reason: 'of some other kind' },
};

const NAMES = [
  ['type', 500, 'TypeError'],
  ['titan', 409, 'TitanError'],
  ['rate', 429, 'RateLimitError'],
] as const;

/** HTTP knows no status over 599. */
const MULTIPLE = { reason: 'multi' };

export const failures = subject(
  'failures',
  ...Object.entries(ALIKE).map(([kind, expected]) =>
    both(kind, async ({ client }) => fails(client.mutate(Echo, 'fail', [kind]), expected)),
  ),
  both('which of them may succeed later', async ({ client }) => {
    const isRetryable = async (kind: string, status: number): Promise<boolean> =>
      (await failsWith(client.mutate(Echo, 'fail', [kind]), 'remote', status)).retryable;
    equal([await isRetryable('rate', 429), await isRetryable('unavailable', 503)], [true, true], 'retryable');
    equal([await isRetryable('titan', 409), await isRetryable('business', 401)], [false, false], 'retryable');
  }),
  http('code 600', async ({ client }) =>
    fails(client.mutate(Echo, 'fail', ['custom600']), { status: 500, ...MULTIPLE }),
  ),
  ws('code 600', async ({ client }) => fails(client.mutate(Echo, 'fail', ['custom600']), { status: 600, ...MULTIPLE })),
  http('an error with properties of its own', async ({ client }) => {
    const details = { errorCode: 'E_CUSTOM' };
    const expected = { ...JUST, reason: 'with props', businessCode: 'E_CUSTOM', details };
    await fails(client.mutate(Echo, 'fail', ['props']), expected);
  }),
  ws('an error with properties of its own', async ({ client }) => {
    const expected = { ...JUST, reason: 'with props', businessCode: 'E_CUSTOM' };
    const { cause } = isError(await settle(client.mutate(Echo, 'fail', ['props'])), expected);
    equal((cause as { info?: unknown }).info, { a: 1 }, 'its own property');
  }),
  ws('the cause of an error', async ({ client }) => {
    const { cause } = isError(await settle(client.mutate(Echo, 'fail', ['cause'])), OUTER);
    const inner = (cause as Error).cause;
    equal([inner instanceof Error, (inner as Error).message], [true, 'inner'], 'the cause');
  }),
  ws('the name of an error', async ({ client }) => {
    for (const [kind, status, name] of NAMES) {
      const { cause } = await failsWith(client.mutate(Echo, 'fail', [kind]), 'remote', status);
      equal((cause as Error).name, name, `the name of ${kind}`);
    }
  }),
  ws('a date before 1970 as a result', async ({ client }) => {
    const { businessCode } = await failsWith(client.mutate(Echo, 'make', ['negDate']), 'remote', 500);
    return oneOf({
      'named as such': () => equal(businessCode, undefined),
      'out of range, as at the reference (083)': () => equal(businessCode, 'ERR_OUT_OF_RANGE'),
    });
  }),
);
