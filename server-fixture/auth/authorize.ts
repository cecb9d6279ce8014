import { TitanError } from '../../protocol/index.js';
import type { AuthContext } from './authenticator.js';

/** Who may use a member: anyone who is signed in and has all the roles. */
export interface AuthRule {
  readonly roles: readonly string[];
}

/**
 * Titan's two refusals (PROTOCOL §10).
 *
 * @throws TitanError 401 without a user, 403 without a role.
 */
export function authorize(
  rule: AuthRule,
  user: AuthContext | undefined,
  target: { readonly service: string; readonly method: string },
): void {
  const { service, method } = target;
  if (user === undefined) throw new TitanError(401, 'Authentication required', { details: { service, method } });
  const missingRoles = rule.roles.filter((role) => !user.roles.includes(role));
  if (missingRoles.length === 0) return;
  throw new TitanError(403, 'Missing required role', { details: { service, method, missingRoles } });
}
