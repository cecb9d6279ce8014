import type { BackendConfig } from '../../client-config.js';

/** Where to connect, and as whom. */
export type LinkTarget = Pick<BackendConfig, 'url' | 'token'>;

/** The URL with the token in it, where there is one. `refresh`: the last one was refused. */
export async function addressOf({ url, token }: LinkTarget, refresh: boolean): Promise<string> {
  const value = await token?.(refresh);
  if (value === undefined) return url;
  const address = new URL(url);
  address.searchParams.set('token', value);
  return address.href;
}
