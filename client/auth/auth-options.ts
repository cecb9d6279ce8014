/** Where the token is between two visits: nowhere, with the tab, or on the device. */
export type TokenStorage = 'memory' | 'session' | 'local';

export interface AuthOptions {
  /**
   * `bearer` sends a token that this client keeps. `cookie` keeps none: the browser sends the server's own cookies, and
   * the CSRF cookie is echoed as a header. Default `bearer`.
   */
  readonly mode?: 'bearer' | 'cookie' | undefined;
  /**
   * Default `memory`: whatever script runs on the page can read the other two. A browser that refuses to store it makes
   * it `memory`. With `local`, tabs share one token.
   */
  readonly storage?: TokenStorage | undefined;
  /** Under which key the token is stored. Default `netron.token.` and the backend's name. */
  readonly storageKey?: string | undefined;
  /**
   * Makes a new token after the server has refused the old one with 401; undefined if there is none to be had. In cookie
   * mode, and beside the option `token`, what it resolves to is not looked at. Asked once for all calls that were refused
   * meanwhile, mutations among them, each of which is then sent once more; a second 401 is final. Where it throws or gives
   * no token, each call fails with its own 401, whose cause is what was thrown. Calls wait for it until their deadlines;
   * when it has not settled within 30 s, the next 401 asks again. What it asks of this very client before its first
   * `await` is exempt: a 401 there is final, or it would wait for itself. Default: none, every 401 is final.
   */
  readonly refresh?: ((refused: string | undefined) => string | undefined | Promise<string | undefined>) | undefined;
  /**
   * Takes the token from what `login` was answered. Default: `metadata.token`, `metadata.accessToken`, or the `token`
   * among the credentials, which has then been accepted.
   */
  readonly tokenOf?: ((result: Readonly<Record<string, unknown>>) => string | undefined) | undefined;
  /**
   * Cookie mode: the cookie whose value goes into `X-CSRF-Token`. Default `omni_csrf`. A server of another origin must
   * allow that header, which Titan does not (PROTOCOL §3.8).
   */
  readonly csrfCookie?: string | undefined;
}
