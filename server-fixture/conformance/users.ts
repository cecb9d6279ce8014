import { z } from 'zod';
import { TitanError } from '../../protocol/index.js';
import { notFound } from '../errors/not-found.js';
import { Public, Service } from '../exposure/decorators.js';
import { currentCall } from '../invocation/call-context.js';
import { parseInput } from '../invocation/parse-input.js';
import { MAX_RECORDS } from '../limits.js';
import { FailurePlan, failureSchema } from './failure-plan.js';
import { assertVersion } from './version-conflict.js';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** 1 when created, one more with each update. */
  readonly version: number;
}

const newUserSchema = z.object({ name: z.string(), email: z.string() });
const patchSchema = z.object({ name: z.string(), email: z.string(), version: z.number().nullable() }).partial();

@Service('users@1.0.0')
export class Users {
  readonly #failures = new FailurePlan();
  readonly #users = new Map<string, User>([
    ['u1', { id: 'u1', name: 'Ada', email: 'ada@x.io', version: 1 }],
    ['u2', { id: 'u2', name: 'Lin', email: 'lin@x.io', version: 1 }],
  ]);

  @Public()
  list(): readonly User[] {
    this.#failures.throwIfArmed();
    return [...this.#users.values()];
  }

  @Public()
  get(id: unknown): User {
    this.#failures.throwIfArmed();
    return this.#find(id);
  }

  @Public()
  create(input: unknown): User {
    this.#failures.throwIfArmed();
    const { name, email } = parseInput(newUserSchema, input);
    if (this.#users.size >= MAX_RECORDS) throw new TitanError(507, `At most ${MAX_RECORDS} users`);
    const user = { id: `u${this.#users.size + 1}`, version: 1, name, email };
    this.#users.set(user.id, user);
    currentCall().emit('users:changed', { op: 'create', user });
    return user;
  }

  @Public()
  update(id: unknown, input: unknown): User {
    this.#failures.throwIfArmed();
    const current = this.#find(id);
    const { version, ...patch } = parseInput(patchSchema, input);
    assertVersion(current.version, version);
    const user: User = { ...current, ...defined(patch), version: current.version + 1 };
    this.#users.set(user.id, user);
    currentCall().emit('users:changed', { op: 'update', user });
    return user;
  }

  /** Makes the other four methods fail; null makes them work again. */
  @Public()
  setFailure(failure: unknown): true {
    this.#failures.arm(failure === null ? undefined : parseInput(failureSchema, failure));
    return true;
  }

  #find(id: unknown): User {
    const user = typeof id === 'string' ? this.#users.get(id) : undefined;
    if (user === undefined) throw notFound('User', String(id));
    return user;
  }
}

function defined(patch: { name?: string | undefined; email?: string | undefined }): { name?: string; email?: string } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
