import { z } from 'zod';
import { TitanError } from '../../protocol/index.js';
import { isRecord } from '../../protocol/record.js';

/** Who makes a call. */
export type AuthContext = {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
};

/** What an attempt to sign in gives; a failed one is an answer like any other (PROTOCOL §3.7). */
export type AuthResult =
  | { readonly success: true; readonly context: AuthContext; readonly metadata: { readonly token?: string } }
  | { readonly success: false; readonly error: string };

/** What an account proves itself by. They never end: a test that wants one to be refused sends another. */
export type Tokens = {
  readonly accessToken: string;
  readonly refreshToken: string;
};

export interface Account {
  readonly tokens: Tokens;
  readonly login?: { readonly username: string; readonly password: string };
  readonly context: AuthContext;
}

/** Secrets of a test server are no secrets: they are documented in CONFORMANCE.md. */
const ACCOUNTS: readonly Account[] = [
  {
    tokens: { accessToken: 't-admin', refreshToken: 'r-admin' },
    login: { username: 'ada', password: 'pw' },
    context: { userId: 'ada', roles: ['admin'], permissions: [] },
  },
  {
    tokens: { accessToken: 't-user', refreshToken: 'r-user' },
    context: { userId: 'bob', roles: ['user'], permissions: [] },
  },
];

const loginSchema = z.object({ username: z.string(), password: z.string() });

/** Knows the two accounts of the conformance services. */
export class Authenticator {
  byToken(token: unknown): Account | undefined {
    return ACCOUNTS.find(({ tokens }) => tokens.accessToken === token);
  }

  byRefreshToken(token: unknown): Account | undefined {
    return ACCOUNTS.find(({ tokens }) => tokens.refreshToken === token);
  }

  byLogin(credentials: unknown): Account | undefined {
    const { data } = loginSchema.safeParse(credentials);
    return ACCOUNTS.find(
      ({ login }) => login !== undefined && login.username === data?.username && login.password === data.password,
    );
  }

  /** @throws TitanError 400 for what is no credentials object at all. */
  authenticate(credentials: unknown): AuthResult {
    if (!isRecord(credentials)) throw new TitanError(400, 'Missing credentials');
    // As in Titan, a token decides alone where there is one.
    return Object.hasOwn(credentials, 'token')
      ? resultOf(this.byToken(credentials.token), 'Invalid token')
      : resultOf(this.byLogin(credentials), 'Invalid credentials');
  }
}

function resultOf(account: Account | undefined, error: string): AuthResult {
  if (account === undefined) return { success: false, error };
  return { success: true, context: account.context, metadata: { token: account.tokens.accessToken } };
}
