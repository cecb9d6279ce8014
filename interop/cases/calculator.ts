import { both, http, subject, ws } from '../case.js';
import { Calculator } from '../contracts.js';
import { equal, fails, failsWith, isError, isResult, oneOf, settle } from '../expect.js';

const BY_ZERO = { status: 500, reason: 'Division by zero' };

export const calculator = subject(
  'calculator',
  both('add', async ({ client }) => equal(await client.query(Calculator, 'add', [2, 3]), 5)),
  both('sum takes one object', async ({ client }) => equal(await client.query(Calculator, 'sum', [{ a: 2, b: 3 }]), 5)),
  both('divide', async ({ client }) => equal(await client.query(Calculator, 'divide', [5, 2]), 2.5)),
  both('divide by 0 is an error of the method', async ({ client }) => {
    const error = isError(await settle(client.mutate(Calculator, 'divide', [1, 0])), BY_ZERO);
    equal([error.service, error.method], ['calculator@1.0.0', 'divide'], 'the place of the error');
  }),
  both('slow answers when it is done', async ({ client }) =>
    equal(await client.query(Calculator, 'slow', [30]), 'done'),
  ),
  both('noResult is undefined', async ({ client }) => equal(await client.query(Calculator, 'noResult', []), undefined)),
  http('hidden is not public', async ({ client }) => {
    const outcome = await settle(client.mutate(Calculator, 'hidden', []));
    const reason = 'Method hidden not found in service calculator@1.0.0';
    return oneOf({
      'refused with 404': () => isError(outcome, { status: 404, reason }),
      'callable, as at the reference (012)': () => isResult(outcome, 'hidden-method-was-callable'),
    });
  }),
  ws('hidden is not public', async ({ client }) => {
    const resource = "Method 'calculator@1.0.0.hidden'";
    const details = { resource, id: undefined };
    await fails(client.mutate(Calculator, 'hidden', []), { status: 404, reason: `${resource} not found`, details });
  }),
  http('an unknown method is not found', async ({ client }) => {
    const reason = 'Method nope not found in service calculator@1.0.0';
    await fails(client.mutate('calculator@1.0.0', 'nope', []), { status: 404, reason });
  }),
  ws('an unknown method is not found', async ({ client }) => {
    const resource = "Method 'calculator@1.0.0.nope'";
    const details = { resource, id: undefined };
    await fails(client.mutate('calculator@1.0.0', 'nope', []), {
      status: 404,
      reason: `${resource} not found`,
      details,
    });
  }),
  http('an unknown service is not found', async ({ client }) =>
    fails(client.mutate('nope@1.0.0', 'x', []), { status: 404, reason: 'Service nope@1.0.0 not found' }),
  ),
  ws('an unknown service is not found', async ({ client }) => {
    await failsWith(client.mutate('nope@1.0.0', 'x', []), 'remote', 404);
  }),
);
