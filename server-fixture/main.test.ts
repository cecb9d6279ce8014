import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('says what is wrong with its arguments and exits with 1', async () => {
    const child = spawn(process.execPath, [bundle.file, '--http-port', 'many']);
    const exited = once(child, 'exit');
    expect(await firstLine(child.stderr)).toMatch(/^httpPort: number NaN, expected/);
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
