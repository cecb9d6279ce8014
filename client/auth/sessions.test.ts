import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendHandle } from '../backend-handle.js';
import type { BackendOptions } from '../client-options.js';
import { answer, refuse, untilTimers } from '../pipeline/test-answers.js';
import { PipelineStage } from '../pipeline/test-pipeline-stage.js';
import { answerJson, type TestAnswer } from '../testing/test-http-server.js';
import { outcomeOf } from '../testing/test-watch.js';
import { TestWsServer } from '../testing/test-ws-server.js';

const stage = PipelineStage.set();
const ONCE_MORE = { attempts: 1, initialDelay: 100, jitter: false } as const;
const GIVEN_UP = { error: { code: 'aborted', reason: 'whoever began it has signed out' } };

/** As whom each call came, oldest first. */
let callers: (string | undefined)[] = [];
/** Answers that the server holds back. */
let held: (() => void)[] = [];

const create = (options = {}) => stage.client.mutate('users@1.0.0', 'create', ['of ann'], options);
const noted =
  (then: TestAnswer): TestAnswer =>
  (response, request, raw: IncomingMessage) => {
    callers.push(raw.headers.authorization);
    then(response, request, raw);
  };
const hold = (then: TestAnswer): TestAnswer => noted((...args) => void held.push(() => then(...args)));
const untilHeld = (count = 1) => vi.waitFor(() => expect(held.length).toBe(count), { interval: 1 });

async function openAsAnn(options: Omit<BackendOptions, 'url'> = {}): Promise<BackendHandle> {
  stage.use({ auth: {}, ...options });
  const backend = await stage.client.backend();
  await backend.setToken('ann');
  return backend;
}

async function bobComes(backend: BackendHandle): Promise<void> {
  await backend.logout();
  await backend.setToken('bob');
}

/** Whatever of it is sent wrongly is there by now: what bob asks for is answered after it. */
async function expectNothingElseAsBob(): Promise<void> {
  await nextTurn();
  stage.server.answers.push(noted(answer('of bob')));
  expect(await stage.client.mutate('users@1.0.0', 'create', ['of bob'])).toBe('of bob');
  expect(callers).toEqual(['Bearer ann', 'Bearer bob']);
}

beforeEach(() => {
  callers = [];
  held = [];
});

describe('what was begun before a logout', () => {
  it('and is refused with 401 is not sent again as who comes next', async () => {
    const backend = await openAsAnn({ auth: { refresh: () => undefined } });
    stage.server.answers.push(hold(refuse(401)));
    const result = outcomeOf(create());
    await untilHeld();
    await bobComes(backend);
    held[0]?.();
    expect(await result).toMatchObject({ error: { status: 401 } });
    await expectNothingElseAsBob();
  });

  it('and fails is not tried again as who comes next', async () => {
    const backend = await openAsAnn();
    stage.server.answers.push(hold(refuse(503)));
    const result = outcomeOf(create({ idempotent: true, retry: ONCE_MORE }));
    await untilHeld();
    await bobComes(backend);
    held[0]?.();
    expect(await result).toMatchObject({ error: { status: 503 } });
    await expectNothingElseAsBob();
  });

  it('and pauses before its next attempt is given up', async () => {
    const backend = await openAsAnn();
    stage.server.answers.push(noted(refuse(503)));
    const result = outcomeOf(create({ idempotent: true, retry: ONCE_MORE }));
    await untilTimers(stage.runtime, 2);
    await bobComes(backend);
    stage.runtime.advance(100);
    expect(await result).toMatchObject(GIVEN_UP);
    await expectNothingElseAsBob();
  });

  it('and waits for its turn is given up, in the queue of the backend and in a scope', async () => {
    const places: [Omit<BackendOptions, 'url'>, object][] = [
      [{ maxConcurrent: 1 }, {}],
      [{}, { scope: 'list' }],
    ];
    for (const [options, call] of places) {
      callers = [];
      held = [];
      const backend = await openAsAnn(options);
      stage.server.answers.push(hold(answer('done')));
      const first = create(call);
      await untilHeld();
      const second = outcomeOf(create(call));
      await bobComes(backend);
      held[0]?.();
      expect(await first).toBe('done');
      expect(await second).toMatchObject(GIVEN_UP);
      await expectNothingElseAsBob();
    }
  });

  it('and is in conflict is not sent anew as who comes next', async () => {
    const backend = await openAsAnn();
    stage.server.answers.push(hold(refuse(409)));
    const result = outcomeOf(create({ onConflict: (_error: unknown, ...args: unknown[]) => args }));
    await untilHeld();
    await bobComes(backend);
    held[0]?.();
    expect(await result).toMatchObject({ error: { code: 'aborted' } });
    await expectNothingElseAsBob();
  });

  it('and waits for its token, or for others in its batch, is given up', async () => {
    let give = (_: string): void => undefined;
    stage.use({
      auth: {},
      token: () =>
        new Promise<string>((resolve) => {
          give = resolve;
        }),
      batch: true,
    });
    const result = outcomeOf(create());
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(10);
    await (await stage.client.backend()).logout();
    give('bob');
    expect(await result).toMatchObject(GIVEN_UP);
    expect(stage.server.requests).toEqual([]);
  });

  it('and waits for a connection is given up', async () => {
    const socket = await TestWsServer.open();
    stage.use({ auth: {} }, socket.url);
    const backend = await stage.client.backend();
    const release = await backend.connect();
    const first = await socket.connection();
    first.socket.terminate();
    await vi.waitFor(() => expect(backend.state.value).toBe('waiting'), { interval: 1 });
    const result = outcomeOf(create());
    await nextTurn();
    await bobComes(backend);
    stage.runtime.advance(1_000);
    const next = await socket.connection();
    expect(await result).toMatchObject(GIVEN_UP);
    void outcomeOf(stage.client.mutate('users@1.0.0', 'list', []));
    next.respond(await next.call('list'), []);
    release();
    await socket.close();
  });

  it('and is a stream whose code is not there yet is given up', async () => {
    const socket = await TestWsServer.open();
    stage.use({ auth: {} }, socket.url);
    const backend = await stage.client.backend();
    await backend.setToken('ann');
    const read = outcomeOf(stage.client.stream('mail@1.0.0', 'watch', []).next());
    await bobComes(backend);
    expect(await read).toMatchObject(GIVEN_UP);
    await socket.close();
  });

  it('and is on its way is answered as ever', async () => {
    const backend = await openAsAnn();
    stage.server.answers.push(hold(answer('done')));
    const result = create();
    await untilHeld();
    await bobComes(backend);
    held[0]?.();
    expect(await result).toBe('done');
  });
});

describe('a session', () => {
  it('ends without a token and in another partition, and not with another token', async () => {
    const leave: [(backend: BackendHandle) => unknown, boolean][] = [
      [(backend) => backend.setToken('newer'), true],
      [(backend) => backend.setToken(undefined), false],
      [() => stage.client.setPartition('bob'), false],
      [() => stage.client.setPartition(''), true],
    ];
    for (const [change, goesOn] of leave) {
      const backend = await openAsAnn();
      stage.server.answers.push(refuse(503));
      const result = outcomeOf(create({ idempotent: true, retry: ONCE_MORE }));
      await untilTimers(stage.runtime, 2);
      await change(backend);
      stage.runtime.advance(100);
      expect(await result).toMatchObject(goesOn ? { value: ['of ann'] } : GIVEN_UP);
    }
  });
});

describe('a login that is under way', () => {
  const loginAs =
    (token: string): TestAnswer =>
    (response) =>
      answerJson(response, 200, { result: { success: true, metadata: { token } } });

  it.each([
    ['a logout', (backend: BackendHandle) => backend.logout(), undefined],
    ['another token', (backend: BackendHandle) => backend.setToken('bob'), 'Bearer bob'],
    [
      'another login',
      (backend: BackendHandle) => {
        stage.server.answers.push(loginAs('bob'));
        return backend.login({ username: 'bob' });
      },
      'Bearer bob',
    ],
  ])('gives way to %s', async (_name, comes, caller) => {
    stage.use({ auth: {} });
    const backend = await stage.client.backend();
    stage.server.answers.push((...args) => void held.push(() => loginAs('ann')(...args)));
    const login = outcomeOf(backend.login({ username: 'ann' }));
    await untilHeld();
    await comes(backend);
    held[0]?.();
    expect(await login).toMatchObject({ error: { code: 'aborted', method: 'login' } });
    stage.server.answers.push(noted(answer('done')));
    await create();
    expect(callers).toEqual([caller]);
  });

  it('holds though a refresh comes in between', async () => {
    stage.use({ auth: { refresh: () => 'renewed' } });
    const backend = await stage.client.backend();
    stage.server.answers.push((...args) => void held.push(() => loginAs('ann')(...args)));
    const login = backend.login({ username: 'ann' });
    await untilHeld();
    stage.server.answers.push(refuse(401), noted(answer('done')));
    await create();
    held[0]?.();
    expect(await login).toMatchObject({ success: true });
    stage.server.answers.push(noted(answer('done')));
    await create();
    expect(callers).toEqual(['Bearer renewed', 'Bearer ann']);
  });
});

describe('login', () => {
  it.each([[null], [undefined], ['ada'], [5], [[]]])('takes only an object: %j', async (credentials) => {
    stage.use({ auth: {} });
    await expect((await stage.client.backend()).login(credentials as never)).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('option credentials is'),
    });
    expect(stage.server.requests).toEqual([]);
  });
});
