import { assertCsrf } from '../auth/csrf.js';
import type { Exchange } from './exchange.js';

/**
 * A browser sends its cookies along whichever page asks it to.
 *
 * @throws TitanError 403 for a request that may be another page's, where the server cares.
 */
export function assertGenuine({ backend, request, byCookie }: Exchange): void {
  if (!byCookie || backend.tokenCookies?.csrf !== true) return;
  try {
    assertCsrf(request);
  } catch (error) {
    backend.counters.csrfRefused++;
    throw error;
  }
}
