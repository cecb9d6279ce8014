import { type CallPlace, callError } from '../../call/call-error.js';
import type { Cancellation } from '../../call/cancellation.js';
import type { BackendConfig } from '../../client-config.js';
import { shown } from '../../option-error.js';
import { assertField, ofType } from '../../option-fields.js';
import type { HeaderFields } from './request-headers.js';

/**
 * What the token source of a backend gives, as a header; undefined goes anonymously.
 *
 * @throws NetronError `unavailable` where the source throws: nothing is sent then, and the backend is not to blame.
 * `invalid-argument` where it gives no text.
 */
export async function bearerToken(
  { name, token }: Pick<BackendConfig, 'name' | 'token'>,
  cancellation: Cancellation,
  call: CallPlace,
): Promise<HeaderFields | undefined> {
  if (token === undefined) return undefined;
  const option = `backends.${name}.token`;
  let bearer: unknown;
  try {
    bearer = await cancellation.race(Promise.resolve(token(false)), call);
  } catch (cause) {
    cancellation.check(call);
    throw callError('unavailable', `option ${option} threw: ${shown(cause)}`, call, cause, { retryable: true });
  }
  if ((bearer ?? '') === '') return undefined;
  assertField(option, bearer, ofType('string'), call);
  return { Authorization: `Bearer ${bearer}` };
}
