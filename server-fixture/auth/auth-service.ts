import { TitanError } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { currentCall } from '../invocation/call-context.js';
import type { AuthContext, Authenticator, Tokens } from './authenticator.js';
import { REFRESH_COOKIE } from './token-cookies.js';

/** What signing in gives. In cookie mode the tokens never reach the body of an HTTP response. */
export interface SignIn extends Tokens {
  readonly user: AuthContext;
}

/** Signing in the way Titan apps do it, by methods that return tokens. Offered where there is anybody to sign in. */
@Service('auth@1.0.0')
export class AuthService {
  readonly #authenticator: Authenticator;

  constructor(authenticator: Authenticator) {
    this.#authenticator = authenticator;
  }

  /** @throws TitanError 401 for anything but a username with its password. */
  @Public()
  login(credentials: unknown): SignIn {
    return signIn(this.#authenticator.byLogin(credentials), 'Invalid credentials');
  }

  /**
   * New tokens for a refresh token, which may also come by its cookie.
   *
   * @throws TitanError 401 for any other.
   */
  @Public()
  refresh(refreshToken: unknown = currentCall().cookie(REFRESH_COOKIE)): SignIn {
    return signIn(this.#authenticator.byRefreshToken(refreshToken), 'Invalid refresh token');
  }

  /** Deletes the cookies, where there are any; tokens themselves do not end. */
  @Public()
  logout(): { readonly [K in keyof Tokens]: null } {
    return { accessToken: null, refreshToken: null };
  }

  @Public({ auth: true })
  me(): AuthContext | undefined {
    return currentCall().user;
  }
}

function signIn(
  account: { readonly context: AuthContext; readonly tokens: Tokens } | undefined,
  error: string,
): SignIn {
  if (account === undefined) throw new TitanError(401, error);
  return { user: account.context, ...account.tokens };
}
