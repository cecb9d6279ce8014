/** How a cookie is kept. All of ours are for every path and for pages of the same site only. */
export interface CookieOptions {
  /** Hidden from scripts. */
  readonly httpOnly: boolean;
}

/**
 * The value of a `Set-Cookie` header; null deletes the cookie. It lasts until the browser is closed. Without `Secure`,
 * since the fixture speaks plain HTTP and a browser would throw the cookie away.
 */
export function setCookie(name: string, value: string | null, { httpOnly }: CookieOptions): string {
  const text = value === null ? `${name}=; Max-Age=0` : `${name}=${encodeURIComponent(value)}`;
  return `${text}; Path=/${httpOnly ? '; HttpOnly' : ''}; SameSite=Strict`;
}

/** What a `Cookie` header holds under a name, the first where there are several. Undefined for none and for nothing. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = decode(unquote(pair.slice(at + 1).trim()));
    return value === '' ? undefined : value;
  }
  return undefined;
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
