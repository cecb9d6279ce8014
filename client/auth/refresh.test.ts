import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture, Public, Service } from '../../server-fixture/index.js';
import type { BackendOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import type { WebSocketLike } from '../runtime.js';
import { answerJson, type TestAnswer, TestHttpServer } from '../testing/test-http-server.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf } from '../testing/test-watch.js';
import type { AuthOptions } from './auth-options.js';

@Service('uploads@1.0.0')
class Uploads {
  @Public({ auth: true })
  async count(items: AsyncIterable<unknown>): Promise<number> {
    let count = 0;
    for await (const _ of items) count++;
    return count;
  }
}

let fixture: Fixture;
let server: TestHttpServer;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  fixture = await createFixture({ auth: true, services: [new Uploads()] });
  server = await TestHttpServer.open();
});
afterAll(async () => {
  await fixture.close();
  await server.close();
});
beforeEach(() => {
  runtime = new TestRuntime();
  server.requests.length = 0;
  server.answers.length = 0;
});
afterEach(() => client.close());

async function open(auth: AuthOptions, url = fixture.http, options: Omit<BackendOptions, 'url'> = {}): Promise<void> {
  client = new NetronClient({ backends: { main: { url, auth, ...options } }, runtime });
  if (options.token === undefined && auth.mode !== 'cookie') await (await client.backend()).setToken('expired');
}

const me = () => client.mutate('admin@1.0.0', 'me', []);
const login = () => client.mutate('auth@1.0.0', 'login', [{ username: 'ada', password: 'pw' }]);
const UNAUTHORIZED = { code: 'remote', status: 401, reason: 'Authentication required', method: 'me' };

/** A server that lets in who has the right token, and holds the rest back until the test says no. */
function guard(token: string, held: (() => void)[]): TestAnswer {
  return (response, { id }, raw: IncomingMessage) => {
    if (raw.headers.authorization === `Bearer ${token}`) answerJson(response, 200, { id, success: true, data: 'me' });
    else {
      const error = { code: '401', message: 'Authentication required' };
      held.push(() => answerJson(response, 401, { id, success: false, error }));
    }
  };
}

describe('a call that is refused with 401', () => {
  it('is sent once more with a new token, and the next one goes with it at once', async () => {
    const refresh = vi.fn(async () => 't-user');
    await open({ refresh });
    const log = new TapLog();
    const metrics = vi.fn();
    expect(await client.mutate('admin@1.0.0', 'me', [], { metrics })).toBe('me');
    expect(refresh.mock.calls).toEqual([['expired']]);
    expect(metrics).toHaveBeenCalledWith(expect.objectContaining({ attempts: 2, error: undefined }));
    expect(log.one('callAttempt')).toMatchObject({ a: { status: 401 }, b: 0 });
    expect(await me()).toBe('me');
    expect(runtime.requests.length).toBe(3);
    expect(runtime.timers).toBe(0);
  });

  it('is one of fifty: one refresh for all, and each is sent once more', async () => {
    const refresh = vi.fn(async () => {
      await nextTurn();
      return 't-user';
    });
    await open({ refresh });
    const calls = Array.from({ length: 50 }, (_, i) =>
      i % 2 === 0 ? me() : client.query('admin@1.0.0', 'me', [], { dedupe: false }),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['me']));
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(runtime.requests.length).toBe(100);
    expect(runtime.timers).toBe(0);
  });

  it('long after the others takes the token that they have got', async () => {
    const held: (() => void)[] = [];
    const refresh = vi.fn(() => 'new');
    await open({ refresh }, server.url);
    server.answers.push(...Array.from({ length: 4 }, () => guard('new', held)));
    const calls = [me(), me()];
    await vi.waitFor(() => expect(held.length).toBe(2), { interval: 1 });
    held[0]?.();
    expect(await calls[0]).toBe('me');
    held[1]?.();
    expect(await calls[1]).toBe('me');
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('a second time, with the new token, has failed', async () => {
    const refresh = vi.fn(() => 'wrong as well');
    await open({ refresh });
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    expect(runtime.requests.length).toBe(2);
    // The token was another one since, so it is worth asking.
    refresh.mockReturnValueOnce('t-user');
    expect(await me()).toBe('me');
    expect(refresh.mock.calls).toEqual([['expired'], ['wrong as well']]);
  });

  it('fails with its own 401 when there is no new token, with the reason as its cause', async () => {
    const cause = new Error('the session is over');
    const refresh = vi.fn<() => Promise<string | undefined>>(async () => {
      throw cause;
    });
    await open({ refresh });
    const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(me())));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ error: { ...UNAUTHORIZED, cause } });
    expect(new Set(outcomes.map((outcome) => (outcome as { error: unknown }).error)).size).toBe(3);
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(runtime.requests.length).toBe(3);
    // What has failed may succeed later, with the token that is still the same.
    refresh.mockResolvedValueOnce('t-user');
    expect(await me()).toBe('me');
    expect(refresh.mock.calls.at(-1)).toEqual(['expired']);
    expect(runtime.timers).toBe(0);
  });

  it('fails and forgets the token when there is none to be had', async () => {
    const sent: unknown[] = [];
    await open({ refresh: () => undefined }, server.url);
    server.answers.push(
      (response, { id }) => answerJson(response, 401, { id, success: false, error: { code: '401', message: 'no' } }),
      (response, { id }, raw) => {
        sent.push(raw.headers.authorization);
        answerJson(response, 200, { id, success: true, data: 'anonymous' });
      },
    );
    await expect(me()).rejects.toMatchObject({ status: 401 });
    expect(server.requests.length).toBe(1);
    expect(await me()).toBe('anonymous');
    expect(sent).toEqual([undefined]);
  });

  it('fails where nobody can make a new token, and keeps the old one', async () => {
    await open({});
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    expect(runtime.requests.length).toBe(1);
    expect(await client.mutate('admin@1.0.0', 'open', [])).toBe('open');
  });

  it.each([{ token: 'x' }, 7, true])('fails with its own 401 when refresh gives %j', async (token) => {
    const refresh = vi.fn(() => token as never);
    await open({ refresh });
    await expect(me()).rejects.toMatchObject({
      ...UNAUTHORIZED,
      cause: { code: 'invalid-config', reason: expect.stringContaining('option backends.main.auth.refresh is') },
    });
    refresh.mockReturnValueOnce('t-user' as never);
    expect(await me()).toBe('me');
  });

  it('and retries both happen, each within its own bounds', async () => {
    await open({ refresh: () => 't-user' });
    // The first is spent on the call that is refused.
    fixture.setFaults([
      { service: 'admin', method: 'me', count: 2, effect: { kind: 'error', code: 503, message: 'busy' } },
    ]);
    const retry = { attempts: 1, initialDelay: 100, jitter: false } as const;
    const result = client.query('admin@1.0.0', 'me', [], { retry });
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 1 });
    runtime.advance(100);
    expect(await result).toBe('me');
    expect(runtime.requests.length).toBe(3);
    fixture.setFaults([]);
  });

  it('does not wait for a refresh beyond its deadline, or when nobody wants it any more', async () => {
    let renew = (_: string): void => undefined;
    const refresh = vi.fn(
      () =>
        new Promise<string>((resolve) => {
          renew = resolve;
        }),
    );
    await open({ refresh });
    const controller = new AbortController();
    const late = outcomeOf(client.mutate('admin@1.0.0', 'me', [], { timeout: 100 }));
    const aborted = outcomeOf(client.mutate('admin@1.0.0', 'me', [], { signal: controller.signal }));
    const waits = me();
    await vi.waitFor(() => expect(refresh).toHaveBeenCalled(), { interval: 1 });
    await vi.waitFor(() => expect(runtime.requests.length).toBe(3), { interval: 1 });
    runtime.advance(100);
    expect(await late).toMatchObject({ error: { code: 'timeout' } });
    controller.abort();
    expect(await aborted).toMatchObject({ error: { code: 'aborted' } });
    renew('t-user');
    expect(await waits).toBe('me');
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(runtime.timers).toBe(0);
  });

  it('asks again when a refresh is lost, and what that still brings is nobody’s', async () => {
    const renewals: ((token: string) => void)[] = [];
    const refresh = vi.fn(() => new Promise<string>((resolve) => void renewals.push(resolve)));
    await open({ refresh });
    const first = outcomeOf(client.mutate('admin@1.0.0', 'me', [], { timeout: 100 }));
    await vi.waitFor(() => expect(renewals.length).toBe(1), { interval: 1 });
    runtime.advance(30_001);
    expect(await first).toMatchObject({ error: { code: 'timeout' } });
    const second = me();
    await vi.waitFor(() => expect(renewals.length).toBe(2), { interval: 1 });
    renewals[1]?.('t-user');
    expect(await second).toBe('me');
    renewals[0]?.('expired');
    await nextTurn();
    expect(await me()).toBe('me');
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  it.each([false, true])(
    'in the refresh itself is final, or it would wait for itself; middleware: %s',
    async (isWrapped) => {
      const refresh = vi.fn(async () => {
        const { accessToken } = (await client.mutate('auth@1.0.0', 'refresh', ['r-wrong'])) as { accessToken: string };
        return accessToken;
      });
      await open({ refresh });
      if (isWrapped) client.use((_context, next) => next());
      await expect(me()).rejects.toMatchObject({
        ...UNAUTHORIZED,
        cause: { status: 401, reason: 'Invalid refresh token', method: 'refresh' },
      });
      expect(refresh).toHaveBeenCalledTimes(1);
      refresh.mockImplementationOnce(async () => ((await login()) as { accessToken: string }).accessToken);
      expect(await me()).toBe('me');
      expect(runtime.timers).toBe(0);
    },
  );

  it('is under the middleware, which sees one call', async () => {
    await open({ refresh: () => 't-user' });
    const seen: unknown[] = [];
    client.use(async ({ method }, next) => {
      const value = await next();
      seen.push([method, value]);
      return value;
    });
    expect(await me()).toBe('me');
    expect(seen).toEqual([['me', 'me']]);
  });

  it('beside the app’s own token is sent once more with what that gives then', async () => {
    let token = 'expired';
    const refresh = vi.fn(async () => {
      token = 't-user';
      return undefined;
    });
    await open({ refresh }, fixture.http, { token: () => token });
    expect(await Promise.all([me(), me(), me()])).toEqual(['me', 'me', 'me']);
    expect(refresh).toHaveBeenCalledTimes(1);
  });
});

describe('a call over WebSocket that is refused with 401', () => {
  it('is sent once more after the connection has learned who one is', async () => {
    const refresh = vi.fn(() => 't-user');
    client = new NetronClient({ backends: { main: { url: fixture.ws, auth: { refresh } } }, runtime });
    await (await client.backend()).ping();
    const [socket] = runtime.sockets as [WebSocketLike];
    const send = vi.spyOn(socket, 'send');
    expect(await Promise.all(Array.from({ length: 20 }, me))).toEqual(Array.from({ length: 20 }, () => 'me'));
    expect(refresh.mock.calls).toEqual([[undefined]]);
    expect(runtime.sockets.length).toBe(1);
    // Each twice, and one that says who it is.
    expect(send).toHaveBeenCalledTimes(2 * 20 + 1);
  });

  it('is sent once more where its connection is lost before that has learned who one is', async () => {
    const refresh = vi.fn(async () => {
      runtime.sockets[0]?.close();
      await vi.waitFor(() => expect(backend.state.value).toBe('idle'), { interval: 1 });
      vi.spyOn(runtime, 'openWebSocket').mockImplementationOnce(() => {
        throw new Error('offline');
      });
      return 't-user';
    });
    client = new NetronClient({ backends: { main: { url: fixture.ws, auth: { refresh } } }, runtime });
    const backend = await client.backend();
    await backend.ping();
    expect(await me()).toBe('me');
    expect(runtime.openWebSocket).toHaveBeenCalledTimes(2);
  });

  it('is not sent again where its upload has been read already', async () => {
    const refresh = vi.fn(() => 't-user');
    client = new NetronClient({ backends: { main: { url: fixture.ws, auth: { refresh } } }, runtime });
    async function* items() {
      yield 1;
    }
    await expect(client.mutate('uploads@1.0.0', 'count', [items()])).rejects.toMatchObject({ status: 401 });
    expect(refresh).not.toHaveBeenCalled();
    expect(await me()).toBe('me');
    expect(await client.mutate('uploads@1.0.0', 'count', [items()])).toBe(1);
  });

  it('with a token that the server closes on connects again with a new one', async () => {
    const refresh = vi.fn(() => 't-user');
    client = new NetronClient({ backends: { main: { url: fixture.ws, auth: { refresh } } }, runtime });
    const backend = await client.backend();
    await backend.setToken('expired');
    await expect(me()).rejects.toMatchObject({ code: 'network', reason: expect.stringContaining('4001') });
    expect(await me()).toBe('me');
    expect(refresh.mock.calls).toEqual([['expired']]);
  });

  it('without a way to a new token goes on anonymously after a close with 4001', async () => {
    client = new NetronClient({ backends: { main: { url: fixture.ws, auth: {} } }, runtime });
    await (await client.backend()).setToken('expired');
    await expect(me()).rejects.toMatchObject({ code: 'network' });
    expect(await client.mutate('admin@1.0.0', 'open', [])).toBe('open');
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
  });
});
