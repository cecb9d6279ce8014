import { randomBytes } from 'node:crypto';
import { isRecord } from '../../protocol/record.js';
import { setCookie } from './cookie.js';
import { CSRF_COOKIE } from './csrf.js';

/** Where the token of a cookie client is found (PROTOCOL §10 leaves the name open; this is Titan's own default). */
export const ACCESS_COOKIE = 'omni_access';
export const REFRESH_COOKIE = 'omni_refresh';

/** Of random; as many as Titan takes. */
const CSRF_TOKEN_BYTES = 32;

/** The fields of a result that are tokens, and the cookies they go to. */
const COOKIE_BY_FIELD: ReadonlyMap<string, string> = new Map([
  ['accessToken', ACCESS_COOKIE],
  ['refreshToken', REFRESH_COOKIE],
]);

/** A result in two parts: what scripts may see, and what goes into cookies. */
export interface Delivery {
  readonly data: unknown;
  /** Values of `Set-Cookie` headers. */
  readonly cookies: readonly string[];
}

/** Keeps tokens out of the reach of scripts: they travel in cookies instead of bodies (PROTOCOL §10). */
export class TokenCookies {
  /** Whether POSTs that a cookie authenticates must prove that a page of ours sent them. */
  readonly csrf: boolean;

  constructor({ csrf }: { readonly csrf: boolean }) {
    this.csrf = csrf;
  }

  /**
   * Takes `accessToken` and `refreshToken` out of a result: text sets the cookie, null deletes it. Other results, and
   * fields of any other type, are left as they are.
   */
  deliver(result: unknown): Delivery {
    if (!isRecord(result)) return { data: result, cookies: [] };
    const cookies: string[] = [];
    let csrf: string | undefined;
    const data: Record<string, unknown> = { ...result };
    for (const [field, cookie] of COOKIE_BY_FIELD) {
      const token = Object.hasOwn(result, field) ? result[field] : undefined;
      if (typeof token !== 'string' && token !== null) continue;
      delete data[field];
      cookies.push(setCookie(cookie, token, { httpOnly: true }));
      if (cookie === ACCESS_COOKIE && this.csrf) csrf = csrfCookie(token !== null);
    }
    if (csrf !== undefined) cookies.push(csrf);
    return cookies.length === 0 ? { data: result, cookies } : { data, cookies };
  }
}

/** A fresh one with each access token, so that one which was seen before is of no use. */
function csrfCookie(isSet: boolean): string {
  return setCookie(CSRF_COOKIE, isSet ? randomBytes(CSRF_TOKEN_BYTES).toString('base64url') : null, {
    httpOnly: false,
  });
}
