import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacketType, ServiceDefinition, TitanError } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { TestPeer } from './test-peer.js';

@Service('props@1.0.0')
class Props {
  @Public()
  title = 'start';
  @Public({ readonly: true })
  fixed = 1;
  secret = 'inner';
  @Public()
  accessor level = 3;

  @Public()
  get computed(): number {
    return this.level * 2;
  }

  @Public()
  badError(): never {
    throw new TitanError(409, 'odd', { details: { fn: () => 1 } });
  }
}

let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({ services: [new Props()] });
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('requests', () => {
  it('answers the recorded bytes of a call with the recorded bytes', async () => {
    const raw = await TestPeer.connect(fixture.ws);
    const answered = new Promise<string>((resolve) => {
      raw.socket.once('message', (data: Buffer) => resolve(data.toString('hex')));
    });
    raw.sendBytes(fromHex('000000014394b063616c63756c61746f7240312e302e30a36164640203'));
    expect(await answered).toBe('000000010305');
    await raw.close();
  });

  it('echoes a ping', async () => {
    const pong = await peer.request(PacketType.ping, 123456);
    expect(pong).toMatchObject({ type: PacketType.ping, impulse: false, error: false, data: 123456 });
  });

  it.each([
    ['date', new Date(1_700_000_000_000)],
    [
      'map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { deep: true }],
      ]),
    ],
    ['bigint', 12_345_678_901_234_567_890n],
    ['bytes', Uint8Array.of(0, 1, 2, 253, 254, 255)],
    ['uint8', Uint8Array.of(1, 2, 3)],
    ['undefined', undefined],
    ['null', null],
  ])('carries %s both ways', async (kind, value) => {
    expect(await peer.call('echo@1.0.0', 'make', kind)).toEqual(value);
    expect(await peer.call('echo@1.0.0', 'echo', value)).toEqual(value);
  });

  it.each([
    ['calculator@1.0.0', 'nope', 404, "Method 'calculator@1.0.0.nope' not found"],
    ['calculator@1.0.0', 'hidden', 404, "Method 'calculator@1.0.0.hidden' not found"],
    ['users@1.0.0', 'constructor', 404, "Method 'users@1.0.0.constructor' not found"],
    ['users@1.0.0', '__proto__', 404, "Method 'users@1.0.0.__proto__' not found"],
    ['users@1.0.0', 'toString', 404, "Method 'users@1.0.0.toString' not found"],
    ['users@1.0.0', 'a b', 400, 'Invalid method name'],
    ['calculator@^1.0.0', 'add', 400, 'Invalid definition ID format'],
    ['__proto__', 'x', 404, 'Definition with id __proto__ not found'],
    ['calculator', 'add', 404, 'Definition with id calculator not found'],
    [
      '01a1fb6d-bc06-7a8f-9cfb-91e782f6f0fb',
      'add',
      404,
      'Definition with id 01a1fb6d-bc06-7a8f-9cfb-91e782f6f0fb not found',
    ],
  ])('refuses %s.%s with %i', async (service, method, code, message) => {
    await expect(peer.call(service, method)).rejects.toMatchObject({ name: 'TitanError', code, message });
  });

  it.each([
    ['plain', { name: 'Error', message: 'plain failure' }],
    ['type', { name: 'TypeError', message: 'type failure' }],
    ['props', { name: 'Error', message: 'with props', code: 'E_CUSTOM', info: { a: 1 } }],
    ['titan', { code: 409, details: { field: 'x' }, requestId: 'req-9', correlationId: 'cor-9' }],
    ['rate', { name: 'RateLimitError', code: 429, extras: { retryAfter: 7 } }],
    ['cause', { code: 500, cause: expect.objectContaining({ message: 'inner' }) }],
  ])('passes on the failure "%s" without a path of this machine', async (kind, expected) => {
    const { error, data } = await peer.request(PacketType.call, ['echo@1.0.0', 'fail', kind]);
    expect(error).toBe(true);
    expect(data).toMatchObject(expected);
    expect((data as { remoteStack?: string }).remoteStack ?? '').toBe('');
  });

  it('passes on a thrown string, and errors that are values', async () => {
    await expect(peer.call('echo@1.0.0', 'fail', 'string')).rejects.toBe('just a string');
    expect(await peer.call('echo@1.0.0', 'make', 'error')).toMatchObject({ name: 'TypeError', remoteStack: '' });
    expect(await peer.call('echo@1.0.0', 'make', 'titanError')).toMatchObject({ code: 409, details: { a: 1 } });
  });

  it('fails a call whose result or error cannot be encoded', async () => {
    await expect(peer.call('echo@1.0.0', 'make', 'class')).rejects.toThrow(/^Not supported: object/);
    await expect(peer.call('echo@1.0.0', 'make', 'negDate')).rejects.toThrow(/a date before 1970/);
    await expect(peer.call('props@1.0.0', 'badError')).rejects.toThrow('odd');
  });

  it('reads and sets declared properties only', async () => {
    const get = (name: unknown) => peer.request(PacketType.get, ['props@1.0.0', name]);
    expect((await get('title')).data).toBe('start');
    expect((await get('computed')).data).toBe(6);
    const set = await peer.request(PacketType.set, ['props@1.0.0', 'level', 5]);
    expect(set).toMatchObject({ error: false, data: undefined });
    expect((await get('computed')).data).toBe(10);
    for (const name of ['secret', 'badError', 'constructor', '__proto__']) {
      expect((await get(name)).data).toMatchObject({ code: 404, message: `Property 'props@1.0.0.${name}' not found` });
    }
    expect((await get(1)).data).toMatchObject({ code: 400, message: 'Invalid property name' });
    for (const name of ['fixed', 'computed']) {
      const refused = await peer.request(PacketType.set, ['props@1.0.0', name, 9]);
      expect(refused.data).toMatchObject({ code: 403 });
    }
  });
});

describe('tasks', () => {
  const task = (...data: unknown[]) => peer.request(PacketType.task, data);

  it('describes a service, and calls it by the id of the description', async () => {
    const { data } = await task('query_interface', 'calculator@1.0.0');
    const definition = data as ServiceDefinition;
    expect(definition).toBeInstanceOf(ServiceDefinition);
    expect(definition).toMatchObject({ parentId: '', peerId: fixture.netronId });
    expect(Object.keys(definition.meta.methods as object)).toEqual(['add', 'sum', 'divide', 'slow', 'noResult']);
    expect(definition.meta).toMatchObject({
      name: 'calculator',
      version: '1.0.0',
      properties: {},
      contract: undefined,
    });
    expect(await peer.call(definition.id.toUpperCase(), 'add', 2, 3)).toBe(5);
  });

  it('finds the highest version of a bare name', async () => {
    expect((await task('query_interface', 'calculator')).data).toMatchObject({ meta: { version: '10.0.0' } });
  });

  it.each([
    [['query_interface', 'nope'], 404, "Service 'nope' not found"],
    [['query_interface', '__proto__'], 404, "Service '__proto__' not found"],
    [['abilities'], 404, 'Task with id abilities not found'],
    [['constructor'], 404, 'Task with id constructor not found'],
    [[], 400, 'Invalid task name'],
  ])('refuses %j with %i', async (data, code, message) => {
    expect(await task(...data)).toMatchObject({ error: true, data: { code, message } });
  });

  it('releases references and clears caches without a word', async () => {
    expect(await task('unref_service', 'x')).toMatchObject({ error: false, data: undefined });
    expect(await task('invalidate_cache', '*')).toMatchObject({ error: false, data: 0 });
  });

  it('delivers events until they are unsubscribed', async () => {
    const emits = () => peer.received.filter((packet) => packet.type === PacketType.task && packet.impulse);
    await task('subscribe', 'users:changed');
    await task('subscribe', 'users:changed');
    const user = await peer.call('users@1.0.0', 'create', { name: 'Zed', email: 'z@z.io' });
    expect(user).toEqual({ id: 'u3', version: 1, name: 'Zed', email: 'z@z.io' });
    expect(emits().map(({ data }) => data)).toEqual([['emit', 'users:changed', { op: 'create', user }]]);
    await task('unsubscribe', 'users:changed');
    await peer.call('users@1.0.0', 'update', 'u3', { name: 'Zed2', version: 1 });
    expect(emits()).toHaveLength(1);
  });

  it('refuses subscriptions beyond the limit', async () => {
    const greedy = await TestPeer.connect(fixture.ws);
    const last = Array.from({ length: 1000 }, (_, i) => greedy.request(PacketType.task, ['subscribe', `e${i}`]));
    expect((await Promise.all(last)).some(({ error }) => error)).toBe(false);
    expect(await greedy.request(PacketType.task, ['subscribe', 'x'])).toMatchObject({
      error: true,
      data: { code: 429 },
    });
    await greedy.close();
  });
});
