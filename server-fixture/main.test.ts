import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacketType } from '../protocol/index.js';
import { TestBundle } from './test-bundle.js';
import { TestPeer } from './ws/test-peer.js';

let bundle: TestBundle;

beforeAll(async () => {
  bundle = await TestBundle.build("require('./main.ts');");
});
afterAll(() => bundle.remove());

async function firstLine(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const part of stream) {
    text += part.toString('utf8');
    if (text.includes('\n')) break;
  }
  return text;
}

describe('the bundled command', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('prints where it listens, serves, and exits with 0 on %s', async (signal) => {
    const child = spawn(process.execPath, [bundle.file, '--http-port', '0', '--ws-port', '0']);
    const exited = once(child, 'exit');
    const line = await firstLine(child.stdout);
    const { http, ws, netronId } = JSON.parse(line) as Record<'http' | 'ws' | 'netronId', string>;
    expect(line).toBe(`${JSON.stringify({ http, ws, netronId })}\n`);
    expect((await fetch(`${http}/health`)).status).toBe(200);
    const peer = await TestPeer.connect(ws);
    expect(await peer.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  });

  it.each([
    [[], { secret: 200, lax: 200, origin: 'http://app.test' }],
    [['--auth', '--strict', '--cors'], { secret: 401, lax: 400, origin: 'http://app.test' }],
    [['--no-cors', '--tick'], { secret: 200, lax: 200, origin: null }],
    [['--no-cors', '--host', '127.0.0.1'], { secret: 200, lax: 200, origin: null }],
    [['--cors-all'], { secret: 200, lax: 200, origin: 'http://app.test' }],
  ])('serves as %j say', async (flags, { secret, lax, origin }) => {
    const child = spawn(process.execPath, [bundle.file, ...flags]);
    const exited = once(child, 'exit');
    const { http, ws } = JSON.parse(await firstLine(child.stdout)) as Record<'http' | 'ws', string>;
    const body = JSON.stringify({ id: 'a', service: 'admin', method: 'secret', input: [] });
    const headers = { Origin: 'http://app.test' };
    const response = await fetch(`${http}/netron/invoke`, { method: 'POST', headers, body });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([secret, origin]);
    const health = await fetch(`${http}/health`, { headers });
    expect(health.headers.get('access-control-allow-origin')).toBe(flags.includes('--cors-all') ? origin : null);
    const peer = await TestPeer.connect(ws);
    const code = await peer.call('catalog@1.0.0', 'items', { page: -1 }).then(
      () => 200,
      (error: { code: number }) => error.code,
    );
    expect(code).toBe(lax);
    if (flags.includes('--tick')) {
      await peer.request(PacketType.task, ['subscribe', 'tick']);
      await peer.until(() => peer.received.find(({ impulse }) => impulse));
    }
    child.kill();
    expect(await exited).toEqual([0, null]);
  });

  it.each([
    [['--auth-cookies'], { status: 200, csrf: false }],
    [['--auth', '--auth-cookies', '--csrf', '--path-prefix', 'api/v1'], { status: 403, csrf: true }],
  ])('keeps tokens in cookies with %j', async (flags, { status, csrf }) => {
    const child = spawn(process.execPath, [bundle.file, ...flags]);
    const exited = once(child, 'exit');
    const { http, ws } = JSON.parse(await firstLine(child.stdout)) as Record<'http' | 'ws', string>;
    for (const url of [http, ws]) expect(url.endsWith('/api/v1')).toBe(flags.includes('--path-prefix'));
    const post = (method: string, input: unknown, cookie = '') =>
      fetch(`${http}/netron/invoke`, {
        method: 'POST',
        headers: cookie === '' ? {} : { Cookie: cookie },
        body: JSON.stringify({ id: 'a', service: 'auth@1.0.0', method, input }),
      });
    const names = (await post('login', { username: 'ada', password: 'pw' })).headers
      .getSetCookie()
      .map((text) => text.split('=')[0]);
    expect(names).toEqual(['omni_access', 'omni_refresh', ...(csrf ? ['omni_csrf'] : [])]);
    expect((await post('me', [], 'omni_access=t-admin')).status).toBe(status);
    child.kill();
    expect(await exited).toEqual([0, null]);
  });

  it.each([
    [['--csrf'], /^auth\.csrf: boolean true, expected false without auth\.cookies/],
    [['--path-prefix', 'a?b'], /^pathPrefix: string/],
    [['--http-port', 'many'], /^httpPort: number NaN, expected/],
    [['--cors=some'], /^Option '--cors' does not take an argument/],
    [['--authh'], /^Unknown option '--authh'/],
  ])('says what is wrong with %j and exits with 1', async (flags, message) => {
    const child = spawn(process.execPath, [bundle.file, ...flags]);
    const exited = once(child, 'exit');
    expect(await firstLine(child.stderr)).toMatch(message);
    expect(await exited).toEqual([1, null]);
  });
});

describe('a process that has closed its fixture', () => {
  it('ends by itself, although calls and streams were waiting for a minute', async () => {
    const waiting = await TestBundle.build(`
      import { WebSocket } from 'ws';
      import { createFixture } from './index.ts';
      import { clientHandshake, PacketCodec } from '../protocol/index.js';
      const codec = new PacketCodec();
      createFixture().then((fixture) => {
        const socket = new WebSocket(fixture.ws);
        const call = (id, ...data) => socket.send(codec.encode({ id, type: 3, impulse: true, error: false, data }));
        const body = JSON.stringify({ id: 'a', service: 'calculator@1.0.0', method: 'slow', input: [60000] });
        fetch(fixture.http + '/netron/invoke', { method: 'POST', body }).catch(() => undefined);
        socket.on('open', () => {
          socket.send(clientHandshake('c'));
          call(1, 'calculator@1.0.0', 'slow', 60000);
          call(2, 'stream@1.0.0', 'forever', 60000);
          call(3, 'stream@1.0.0', 'foreverClosedCount');
          const timer = setInterval(() => {
            if (fixture.counters.calls < 4) return;
            clearInterval(timer);
            fixture.close();
          }, 5);
        });
      });
    `);
    const child = spawn(process.execPath, [waiting.file], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([0, null]);
    await waiting.remove();
  });
});
