import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PacketType } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { callOf, postJson } from '../http/test-post.js';
import { TestPeer } from '../ws/test-peer.js';
import { type CallContext, currentCall } from './call-context.js';

@Service('witness@1.0.0')
class Witness {
  context: CallContext | undefined;
  finish: (value: unknown) => void = () => undefined;

  @Public()
  wait(): Promise<unknown> {
    this.context = currentCall();
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }
  @Public()
  tell(): void {
    const { emit, cookie } = currentCall();
    emit('told', cookie('who'));
  }
  @Public()
  get asked(): string | undefined {
    return currentCall().cookie('who');
  }
}

const witness = new Witness();
let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({ services: [witness] });
  peer = await TestPeer.connect(fixture.ws, 'client', { Cookie: 'who=ada' });
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

describe('what a method is told of its call', () => {
  it.each([
    ['before', true],
    ['after', false],
  ])('the signal that is asked for %s the client has gone is aborted', async (_when, early) => {
    const leaving = await TestPeer.connect(fixture.ws);
    witness.context = undefined;
    leaving.send(PacketType.call, ['witness@1.0.0', 'wait']);
    await vi.waitFor(() => expect(witness.context).toBeDefined());
    const context = witness.context as CallContext | undefined;
    if (early) expect(context?.signal.aborted).toBe(false);
    const { openConnections } = fixture.counters;
    leaving.socket.terminate();
    await vi.waitFor(() => expect(fixture.counters.openConnections).toBe(openConnections - 1));
    expect(context?.signal.aborted).toBe(true);
    expect(context?.signal).toBe(context?.signal);
    witness.finish('too late');
  });

  it('its functions work apart from it, and its cookies are those of the upgrade or of the request', async () => {
    await peer.request(PacketType.task, ['subscribe', 'told']);
    await peer.call('witness@1.0.0', 'tell');
    await postJson(fixture, '/netron/invoke', callOf('witness@1.0.0', 'tell'), { Cookie: 'a=1; who=bob' });
    await postJson(fixture, '/netron/invoke', callOf('witness@1.0.0', 'tell'));
    const told = await peer.until(() => {
      const events = peer.received.filter(({ type, impulse }) => type === PacketType.task && impulse);
      return events.length === 3 ? events : undefined;
    });
    expect(told.map(({ data }) => (data as unknown[])[2])).toEqual(['ada', 'bob', undefined]);
    const asked = await peer.request(PacketType.get, ['witness@1.0.0', 'asked']);
    expect(asked.data).toBe('ada');
  });
});
