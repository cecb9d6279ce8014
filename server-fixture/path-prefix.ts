const PREFIX = /^(\/[\w.~-]+)+$/;

/**
 * Makes `/api/v1` of `api/v1/` and the like. Empty for no prefix.
 *
 * @throws TypeError for what is no path of plain segments.
 */
export function parsePathPrefix(option: unknown): string {
  const path = typeof option === 'string' ? `/${option.split('/').filter(Boolean).join('/')}` : '';
  if (path === '/') return '';
  if (PREFIX.test(path)) return path;
  const found = typeof option === 'string' ? `string ${JSON.stringify(option)}` : typeof option;
  throw new TypeError(`pathPrefix: ${found}, expected a path such as "/api/v1"`);
}

/** What a URL's path is below the prefix: empty for the prefix itself, undefined when it is not under it. */
export function pathBelow(prefix: string, url: string | undefined): string | undefined {
  const path = (url ?? '').split('?', 1)[0] ?? '';
  if (!path.startsWith(prefix)) return undefined;
  const below = path.slice(prefix.length);
  return below === '' || below.startsWith('/') ? below : undefined;
}
