import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PacketType, ServiceDefinition, ServiceReference } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../fixture.js';
import { invokeHttp } from '../http/test-invoke.js';
import { TestPeer } from './test-peer.js';

let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({ limits: { references: 3 } });
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

const open = async (from = peer) => (await from.call('factory@1.0.0', 'open')) as ServiceDefinition;
const release = (id: string, from = peer) => from.request(PacketType.task, ['unref_service', id]);

describe('a service as a result', () => {
  it('goes by reference, is called by its id and has a state of its own', async () => {
    const factory = await peer.request(PacketType.task, ['query_interface', 'factory@1.0.0']);
    const [one, two] = [await open(), await open()];
    expect(one).toBeInstanceOf(ServiceDefinition);
    expect(one).toMatchObject({
      parentId: (factory.data as ServiceDefinition).id,
      peerId: fixture.netronId,
      meta: { name: 'session', version: '1.0.0', properties: { label: { type: 'unknown', readonly: false } } },
    });
    expect(await peer.call(one.id, 'inc', 5)).toBe(5);
    expect(await peer.call(one.id, 'inc')).toBe(6);
    expect(await peer.call(two.id, 'inc')).toBe(1);
    await Promise.all([release(one.id), release(two.id)]);
  });

  it('has properties to read and set', async () => {
    const { id } = await open();
    expect((await peer.request(PacketType.get, [id, 'label'])).data).toBe('sess');
    await peer.request(PacketType.set, [id, 'label', 'mine']);
    expect((await peer.request(PacketType.get, [id, 'label'])).data).toBe('mine');
    expect((await peer.request(PacketType.get, ['factory@1.0.0', 'title'])).data).toBe('factory-title');
    await release(id);
  });

  it('is gone once it is released, for all but never for others', async () => {
    const { id } = await open();
    const other = await TestPeer.connect(fixture.ws, 'other');
    await expect(other.call(id, 'inc')).rejects.toMatchObject({ code: 404 });
    await release(id, other);
    expect(await peer.call(id.toUpperCase(), 'inc')).toBe(1);
    expect(await release(id)).toMatchObject({ error: false, data: undefined });
    await expect(peer.call(id, 'inc')).rejects.toMatchObject({ message: `Definition with id ${id} not found` });
    await other.close();
  });

  it('cannot be found by name', async () => {
    const { id } = await open();
    await expect(peer.call('session@1.0.0', 'inc')).rejects.toMatchObject({ code: 404 });
    await release(id);
  });

  it('may be passed back by its id', async () => {
    const { id } = await open();
    expect(await peer.call('echo@1.0.0', 'echo', new ServiceReference(id))).toMatchObject({ id });
    await expect(peer.call('echo@1.0.0', 'echo', new ServiceReference('nope'))).rejects.toMatchObject({ code: 404 });
    await release(id);
  });

  it('is refused beyond the limit, and all are released with the peer', async () => {
    const before = fixture.counters.openReferences;
    const greedy = await TestPeer.connect(fixture.ws, 'greedy');
    for (let i = 0; i < 3; i++) await open(greedy);
    expect(fixture.counters.openReferences).toBe(before + 3);
    await expect(open(greedy)).rejects.toMatchObject({ code: 429 });
    await greedy.close();
    await vi.waitFor(() => expect(fixture.counters.openReferences).toBe(before));
  });

  it('is a clear error over HTTP', async () => {
    const response = await invokeHttp(fixture, 'factory@1.0.0', 'open', []);
    expect(response.status).toBe(501);
    expect(JSON.stringify(response.body)).toContain("'session', which can be returned over WebSocket only");
  });
});
