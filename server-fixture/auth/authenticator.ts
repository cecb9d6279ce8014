import { z } from 'zod';
import { TitanError } from '../../protocol/index.js';

/** Who makes a call. */
export type AuthContext = {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
};

/** What an attempt to sign in gives; a failed one is an answer like any other (PROTOCOL §3.7). */
export type AuthResult =
  | { readonly success: true; readonly context: AuthContext; readonly metadata: { readonly token: string } }
  | { readonly success: false; readonly error: string };

interface Account {
  readonly token: string;
  readonly login?: { readonly username: string; readonly password: string };
  readonly context: AuthContext;
}

/** Secrets of a test server are no secrets: they are documented in CONFORMANCE.md. */
const ACCOUNTS: readonly Account[] = [
  {
    token: 't-admin',
    login: { username: 'ada', password: 'pw' },
    context: { userId: 'ada', roles: ['admin'], permissions: [] },
  },
  { token: 't-user', context: { userId: 'bob', roles: ['user'], permissions: [] } },
];

const tokenSchema = z.object({ token: z.string() });
const loginSchema = z.object({ username: z.string(), password: z.string() });

/** Knows the two accounts of the conformance services. */
export class Authenticator {
  byToken(token: string): AuthContext | undefined {
    return ACCOUNTS.find((account) => account.token === token)?.context;
  }

  /** @throws TitanError 400 for what is no credentials object at all. */
  authenticate(credentials: unknown): AuthResult {
    if (typeof credentials !== 'object' || credentials === null || Array.isArray(credentials)) {
      throw new TitanError(400, 'Missing credentials');
    }
    // As in Titan, a token decides alone where there is one.
    if (Object.hasOwn(credentials, 'token')) {
      const { data } = tokenSchema.safeParse(credentials);
      return resultOf(
        ACCOUNTS.find(({ token }) => token === data?.token),
        'Invalid token',
      );
    }
    const { data } = loginSchema.safeParse(credentials);
    const account = ACCOUNTS.find(
      ({ login }) => login !== undefined && login.username === data?.username && login.password === data.password,
    );
    return resultOf(account, 'Invalid credentials');
  }
}

function resultOf(account: Account | undefined, error: string): AuthResult {
  if (account === undefined) return { success: false, error };
  return { success: true, context: account.context, metadata: { token: account.token } };
}
