/** How clients sign in and prove who they are. */
export interface AuthOptions {
  /**
   * Tokens go into HttpOnly cookies instead of response bodies, and requests and upgrades are authenticated by them too.
   * Default false.
   */
  readonly cookies?: boolean;
  /** POSTs that a cookie authenticates must repeat the cookie `omni_csrf` in `X-CSRF-Token`. Default false. */
  readonly csrf?: boolean;
  /**
   * Pages that may open a WebSocket, such as `http://localhost:5173`; other origins are closed with 4001 "Origin not
   * allowed". Clients that name no origin, as only browsers do, may always. Default: any.
   */
  readonly origins?: readonly string[];
}

export interface ParsedAuth {
  readonly cookies: boolean;
  readonly csrf: boolean;
  readonly origins: readonly string[] | undefined;
}

const NAMES: readonly string[] = ['cookies', 'csrf', 'origins'];

/**
 * Undefined where nobody can sign in.
 *
 * @throws TypeError that names the option, what it is and what was expected.
 */
export function parseAuthOptions(auth: unknown): ParsedAuth | undefined {
  if (auth === false) return undefined;
  if (auth === true) return { cookies: false, csrf: false, origins: undefined };
  if (typeof auth !== 'object' || auth === null || Array.isArray(auth)) {
    throw new TypeError(`auth: ${typeof auth} ${String(auth)}, expected true or false, or an object`);
  }
  const unknown = Object.keys(auth).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new TypeError(`auth.${unknown}: there is none; there are ${NAMES.join(', ')}`);
  const { cookies = false, csrf = false, origins } = auth as { [K in keyof AuthOptions]: unknown };
  if (typeof cookies !== 'boolean') throw new TypeError(`auth.cookies: ${typeof cookies}, expected true or false`);
  if (typeof csrf !== 'boolean') throw new TypeError(`auth.csrf: ${typeof csrf}, expected true or false`);
  if (csrf && !cookies) throw new TypeError('auth.csrf: boolean true, expected false without auth.cookies');
  return { cookies, csrf, origins: origins === undefined ? undefined : parseOrigins(origins) };
}

function parseOrigins(origins: unknown): readonly string[] {
  if (!Array.isArray(origins)) throw new TypeError(`auth.origins: ${typeof origins}, expected a list of origins`);
  return origins.map((origin: unknown, i) => {
    if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin) return origin;
    const found = typeof origin === 'string' ? JSON.stringify(origin) : typeof origin;
    throw new TypeError(`auth.origins[${i}]: ${found}, expected an origin such as "http://localhost:5173"`);
  });
}
