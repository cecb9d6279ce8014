import { z } from 'zod';
import { FailurePlan } from '../conformance/failure-plan.js';
import { assertVersion } from '../conformance/version-conflict.js';
import { notFound } from '../errors/not-found.js';
import { Public, Service } from '../exposure/decorators.js';
import { currentCall } from '../invocation/call-context.js';
import { parseInput } from '../invocation/parse-input.js';
import { pause } from '../invocation/pause.js';
import { createPeople, type Person } from './people.js';

export interface DirectoryOptions {
  /** How long `list`, `get` and `teams` take, in milliseconds. Default 40. */
  readonly readMs?: number;
  /** How long `update` takes, in milliseconds. Default 350: long enough for a person to see an optimistic state. */
  readonly writeMs?: number;
}

export interface Team {
  readonly team: string;
  readonly count: number;
}

const patchSchema = z
  .object({ name: z.string(), title: z.string(), team: z.string(), email: z.string(), version: z.number().nullable() })
  .partial();

const failNextSchema = z.object({
  code: z.int().min(400).max(601),
  message: z.string(),
  errorCode: z.string().optional(),
});

/** The people of the demo, slow enough to watch. Emits `directory:changed { op: "update", person }`. */
@Service('directory@1.0.0')
export class Directory {
  readonly #people = new Map(createPeople().map((person) => [person.id, person]));
  readonly #failures = new FailurePlan();
  readonly #readMs: number;
  readonly #writeMs: number;

  constructor({ readMs = 40, writeMs = 350 }: DirectoryOptions = {}) {
    this.#readMs = readMs;
    this.#writeMs = writeMs;
  }

  @Public()
  async list(): Promise<readonly Person[]> {
    await pause(this.#readMs);
    return [...this.#people.values()];
  }

  @Public()
  async get(id: unknown): Promise<Person> {
    await pause(this.#readMs);
    return this.#find(id);
  }

  @Public()
  async teams(): Promise<readonly Team[]> {
    await pause(this.#readMs);
    const counts = new Map<string, number>();
    for (const { team } of this.#people.values()) counts.set(team, (counts.get(team) ?? 0) + 1);
    return [...counts].map(([team, count]) => ({ team, count }));
  }

  @Public()
  async update(id: unknown, input: unknown): Promise<Person> {
    const failure = this.#failures.take();
    const { version, ...fields } = parseInput(patchSchema, input);
    await pause(this.#writeMs);
    if (failure !== undefined) throw failure;
    // Looked up after the wait: of two updates from the same version the second must lose.
    const current = this.#find(id);
    assertVersion(current.version, version);
    const patch = Object.entries(fields).filter(([, value]) => value !== undefined);
    const person: Person = { ...current, ...Object.fromEntries(patch), version: current.version + 1 };
    this.#people.set(person.id, person);
    currentCall().emit('directory:changed', { op: 'update', person });
    return person;
  }

  /** Makes the next `update` fail, after its usual time. */
  @Public()
  failNext(input: unknown): true {
    const { code, message, errorCode } = parseInput(failNextSchema, input);
    this.#failures.arm({ remaining: 1, code, message, details: errorCode === undefined ? {} : { errorCode } });
    return true;
  }

  #find(id: unknown): Person {
    const person = typeof id === 'string' ? this.#people.get(id) : undefined;
    if (person === undefined) throw notFound('Person', String(id));
    return person;
  }
}
