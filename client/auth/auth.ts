import { isRecord } from '../../protocol/record.js';
import type { Session } from '../call/session.js';
import { NetronError } from '../netron-error.js';
import { optionError, shown } from '../option-error.js';
import { ofType, oneOf, parseFields } from '../option-fields.js';
import { REFRESH_WITHIN_MS } from '../resilience-limits.js';
import type { AuthOptions } from './auth-options.js';
import { TokenStore } from './token-store.js';

const TEXT = ofType('string');
const FUNCTION = ofType('function');

const CHECKS = {
  mode: oneOf('bearer', 'cookie'),
  storage: oneOf('memory', 'session', 'local'),
  storageKey: TEXT,
  refresh: FUNCTION,
  tokenOf: FUNCTION,
  csrfCookie: TEXT,
};

/** One attempt to sign in, until it may not count any more. */
export interface Login extends Session {
  readonly number: number;
}

type Refresh = NonNullable<AuthOptions['refresh']>;

/** Who one is at a backend: keeps the token and makes a new one, once for all who were refused with the old one. */
export class Auth {
  readonly #options: AuthOptions;
  readonly #at: string;
  readonly #store: TokenStore;
  #era = 0;
  #refreshing: Promise<string | undefined> | undefined;
  #askedAtMs = 0;
  /** Counts refreshes, and what outdates one that is under way: only the last has a say. */
  #attempt = 0;
  /** Logins that were asked for. */
  #logins = 0;
  /** Those up to this one are over: it has succeeded, or a logout or a token came after it. */
  #lastOver = 0;
  /** The last refresh, where it has failed: so have all who were refused before it was over. */
  #failed: Promise<never> | undefined;

  /** @throws NetronError `invalid-config` that names the option. */
  constructor(options: AuthOptions, backend: string) {
    this.#at = `backends.${backend}.auth`;
    this.#options = parseFields<AuthOptions>(options, this.#at, CHECKS);
    const { storage = 'memory', storageKey = `netron.token.${backend}` } = this.#options;
    this.#store = new TokenStore(storage, storageKey);
  }

  get usesCookies(): boolean {
    return this.#options.mode === 'cookie';
  }

  /** Never one in cookie mode. */
  get token(): string | undefined {
    return this.usesCookies ? undefined : this.#store.token;
  }

  /** Counts up with every login, logout and refresh: tells whether somebody has seen to what was refused. */
  get era(): number {
    return this.#era;
  }

  /** @throws NetronError `invalid-config` in cookie mode, where only the server can change who one is. */
  setToken(token: string | undefined): void {
    if (this.usesCookies) throw optionError(`${this.#at}.mode`, 'cookie', 'bearer, to set a token');
    this.#lastOver = this.#logins;
    this.#keep(token);
  }

  /** The token is gone, also where a refresh or a login is under way that would bring another. */
  forget(): void {
    this.#lastOver = this.#logins;
    this.#keep(undefined);
  }

  /** Whether a 401 may be mended: somebody knows how to make a new token. */
  get mayRefresh(): boolean {
    return this.#options.refresh !== undefined;
  }

  /** Headers of a request besides the token: the CSRF cookie, which only the page's own scripts can read. */
  headers(): Readonly<Record<string, string>> | undefined {
    if (!this.usesCookies) return undefined;
    const { csrfCookie = 'omni_csrf' } = this.#options;
    const found = globalThis.document?.cookie.split('; ').find((cookie) => cookie.startsWith(`${csrfCookie}=`));
    return found === undefined ? found : { 'X-CSRF-Token': decoded(found.slice(csrfCookie.length + 1)) };
  }

  /**
   * Makes a new token in place of `refused`, unless somebody has already; resolves to the one that holds then, if any.
   * Rejects with what the option `refresh` throws, which is called before this returns.
   *
   * @param era when the refused one was sent.
   * @param nowMs unknown where nobody tells, and then a refresh that is under way is never taken for lost.
   */
  refresh(refused: string | undefined, era = this.#era, nowMs = Number.NaN): Promise<string | undefined> {
    const { token } = this;
    if (token !== refused) return Promise.resolve(token);
    if (era !== this.#era) return this.#failed ?? Promise.resolve(token);
    const { refresh } = this.#options;
    if (refresh === undefined) return Promise.resolve(undefined);
    if (this.#refreshing === undefined || nowMs - this.#askedAtMs > REFRESH_WITHIN_MS) {
      this.#askedAtMs = nowMs;
      this.#refreshing = this.#renew(refresh, refused, ++this.#attempt);
    }
    return this.#refreshing;
  }

  /** A login is asked for: the result is to be given back with what becomes of it. */
  beginLogin(): Login {
    const number = ++this.#logins;
    const isOver = () => number <= this.#lastOver;
    return {
      number,
      get isOver() {
        return isOver();
      },
    };
  }

  /**
   * A login has succeeded with these credentials: the token in the answer is kept. False where it is over, since a later
   * one has succeeded before, or a logout or a token has come in between.
   *
   * @throws NetronError `invalid-config` where `tokenOf` throws or gives no text.
   */
  accept(login: Login, result: object, credentials: Readonly<Record<string, unknown>>): boolean {
    if (login.isOver) return false;
    const { tokenOf = tokenOfMetadata } = this.#options;
    let found: unknown;
    try {
      found = tokenOf(result as Readonly<Record<string, unknown>>);
    } catch (cause) {
      throw new NetronError('invalid-config', `option ${this.#at}.tokenOf threw: ${shown(cause)}`, { cause });
    }
    const { token } = credentials;
    // Without any, at least nobody goes on as who one was before.
    this.#keep(this.#parse('tokenOf', found) ?? (typeof token === 'string' ? token : undefined));
    this.#lastOver = login.number;
    return true;
  }

  async #renew(refresh: Refresh, refused: string | undefined, attempt: number): Promise<string | undefined> {
    try {
      const made = await refresh(refused);
      const token = this.usesCookies ? undefined : this.#parse('refresh', made);
      if (attempt === this.#attempt) this.#keep(token);
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#turn(Promise.reject(error));
        throw error;
      }
    }
    return this.token;
  }

  #keep(token: string | undefined): void {
    this.#turn(undefined);
    if (!this.usesCookies) this.#store.token = token;
  }

  #turn(failed: Promise<never> | undefined): void {
    this.#era++;
    this.#attempt++;
    this.#refreshing = undefined;
    this.#failed = failed;
    failed?.catch(() => undefined);
  }

  #parse(option: string, token: unknown): string | undefined {
    if ((token ?? '') === '') return undefined;
    if (typeof token === 'string') return token;
    throw optionError(`${this.#at}.${option}`, token, 'to give a text or undefined');
  }
}

function tokenOfMetadata({ metadata }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isRecord(metadata)) return undefined;
  const found = metadata.token ?? metadata.accessToken;
  return typeof found === 'string' ? found : undefined;
}

/** A cookie of somebody else's making need not be encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
