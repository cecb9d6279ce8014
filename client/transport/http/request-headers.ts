import { type CallPlace, callError } from '../../call/call-error.js';

export type HeaderFields = Readonly<Record<string, string>>;

/** Only headers that pass Titan's CORS preflight (PROTOCOL §3.8). */
const OURS: HeaderFields = { 'Content-Type': 'application/json', Accept: 'application/json' };

/**
 * Ours and others: a later one takes the place of an earlier one, however the two are written.
 *
 * @throws NetronError `invalid-argument` for one that cannot be sent. Not with its value, which may be a secret, nor with
 * what the browser says, which quotes it.
 */
export function requestHeaders(others: readonly (HeaderFields | undefined)[], call: CallPlace): Headers {
  const headers = new Headers(OURS);
  for (const fields of others) {
    for (const [name, value] of Object.entries(fields ?? {})) {
      try {
        headers.set(name, value);
      } catch {
        throw callError('invalid-argument', `header ${name} has a character that no header can carry`, call);
      }
    }
  }
  return headers;
}
