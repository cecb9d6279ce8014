import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { StreamService } from './conformance/stream.js';
import { createFixture } from './fixture.js';
import { invokeHttp } from './http/test-invoke.js';
import { currentCall, Public, Service } from './index.js';
import { TestPeer } from './ws/test-peer.js';

@Service('greeter')
class Greeter {
  @Public()
  greet(name: string): string {
    currentCall().emit('greeted', name);
    return `Hello ${name}`;
  }
}

@Service('calculator@1.0.0')
class OtherCalculator {
  @Public()
  add(): string {
    return 'other';
  }
}

class Plain {}

describe('createFixture', () => {
  it('offers given services besides the built-in ones, under one unversioned name', async () => {
    const fixture = await createFixture({ services: [new Greeter()] });
    for (const name of ['greeter', 'greeter@1.0.0']) {
      expect((await invokeHttp(fixture, name, 'greet', ['Ada'])).body).toMatchObject({ data: 'Hello Ada' });
    }
    expect((await invokeHttp(fixture, 'users', 'list', [])).body).toMatchObject({ data: [{ id: 'u1' }, { id: 'u2' }] });
    await fixture.close();
  });

  it('lets a given service replace the built-in one in its place', async () => {
    const fixture = await createFixture({ services: [new OtherCalculator()] });
    expect((await invokeHttp(fixture, 'calculator@1.0.0', 'add', [])).body).toMatchObject({ data: 'other' });
    expect((await invokeHttp(fixture, 'calculator', 'add', [1, 2])).body).toMatchObject({ data: { v: 2 } });
    await fixture.close();
  });

  it.each([
    [{ httpPort: -1 }, /^httpPort: number -1/],
    [{ wsPort: Number.NaN }, /^wsPort: number NaN/],
    [{ httpPort: '80' as unknown as number }, /^httpPort: string 80/],
    [{ host: '' }, /^host: string/],
    [{ services: [new Plain()] }, /^services: a Plain is no instance of a class with @Service/],
    [{ services: [Greeter] }, /^services\[0\]: function/],
    [{ services: [new Greeter(), new Greeter()] }, /^services: greeter is given twice/],
  ])('refuses bad options %#', async (options, message) => {
    await expect(createFixture(options)).rejects.toThrow(message);
  });

  it('rejects for a port that is taken and keeps nothing open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const ports of [{ httpPort: port }, { wsPort: port }]) {
      await expect(createFixture(ports)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    }
    taken.close();
    await once(taken, 'close');
    await vi.waitFor(() => expect(servers()).toBe(0));
  });
});

describe('close', () => {
  it('ends calls, streams and idle sockets, frees the ports, and may be repeated', async () => {
    const stream = new StreamService();
    const fixture = await createFixture({ services: [stream] });
    const peer = await TestPeer.connect(fixture.ws);
    await peer.call('stream@1.0.0', 'forever', 60_000);
    const slowCall = peer.call('calculator@1.0.0', 'slow', 60_000);
    slowCall.catch(() => undefined);
    const slowHttp = invokeHttp(fixture, 'stream@1.0.0', 'forever', [60_000]).catch((error: unknown) => error);
    const idle = [fixture.http, fixture.ws].map((url) => connect(Number(new URL(url).port), '127.0.0.1'));
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    await vi.waitFor(() => expect(fixture.counters.calls).toBe(3));
    const gone = Promise.all([...idle, peer.socket].map((socket) => once(socket, 'close')));

    await Promise.all([fixture.close(), fixture.close()]);
    const [, , [code]] = (await gone) as [unknown, unknown, [number]];
    expect(code).toBe(1001);
    expect(await slowHttp).toBeInstanceOf(Error);
    expect(stream.foreverClosedCount()).toBe(2);
    expect(fixture.counters).toMatchObject({ openStreams: 0, openConnections: 0 });
    await vi.waitFor(() => expect(servers()).toBe(0));

    const again = await createFixture({ httpPort: Number(new URL(fixture.http).port) });
    expect((await invokeHttp(again, 'calculator@1.0.0', 'add', [1, 1])).status).toBe(200);
    await again.close();
  });
});

describe('decorators', () => {
  it.each(['', 'a b', 'a@', 'a@1', 'a@^1.0.0', '__proto__', 'a..b'])('refuse the service name "%s"', (name) => {
    expect(() => Service(name)).toThrow(TypeError);
  });

  it('refuse members that cannot be reached by name', () => {
    const symbol = Symbol('s');
    expect(() => {
      class Static {
        @Public()
        static make(): void {}
        own(): void {}
      }
      return Static;
    }).toThrow(/make: only instance members/);
    expect(() => {
      class Named {
        @Public()
        [symbol](): void {}
      }
      return Named;
    }).toThrow(/only instance members/);
  });
});

const servers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
