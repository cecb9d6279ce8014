import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type Packet,
  PacketType,
  parseHandshake,
  ServiceDefinition,
  StreamReference,
  serverHandshake,
  TitanError,
} from '../protocol/index.js';
import {
  bytesOf,
  decodePacket,
  type RecordedHttp,
  type RecordedWs,
  readRecording,
} from '../server-fixture/test-recording.js';
import { NetronClient } from './netron-client.js';
import type { RemoteService } from './remote-service.js';
import { TestHttpServer, type TestRequest } from './testing/test-http-server.js';
import { TestRuntime } from './testing/test-runtime.js';
import { outcomeOf } from './testing/test-watch.js';

const http = readRecording<RecordedHttp>('http.json');
const ws = readRecording<RecordedWs>('ws.json');

/** What our client never asks, so that no answer to it can be replayed. */
const NOT_REPLAYED = new Map([
  [
    '038-http-endpoints-health-metrics-openapi-json-netron-discovery-disco',
    'GET routes: the client has no use for them',
  ],
  ['039-http-cors-preflight-actual', 'a preflight is the browser’s own, and an empty batch is never sent'],
  ['088-ws-unknown-task-404', 'a task of a free name cannot be asked through the API'],
  ['090-ws-invalidate-cache-task', 'the client offers no such task: it clears what the server knows of clients'],
  ['101-ws-websocketpeer-low-level-interop', 'a peer of another make, which broke off after one message'],
  ['078-ws-uint8array-argument', 'no traffic: the recording client’s own encoder refused plain bytes, ours sends them'],
  ['102-ws-close-ws', 'no traffic: only the close of the socket'],
]);

let runtime: TestRuntime;
let client: NetronClient | undefined;
beforeEach(() => {
  runtime = new TestRuntime();
});
afterEach(() => client?.close());

it('leaves no recording out without a reason', () => {
  const names = [...http, ...ws].map(({ name }) => name);
  expect(new Set([...names, ...NOT_REPLAYED.keys()]).size).toBe(82);
  for (const name of NOT_REPLAYED.keys()) {
    expect(name.startsWith('078') || name.startsWith('102') || names.includes(name)).toBe(true);
  }
});

type Exchange = RecordedHttp['exchanges'][number];

describe('what a real server said over HTTP', () => {
  const replayed = http.filter(({ name }) => !NOT_REPLAYED.has(name));

  it.each(replayed.map(({ name, exchanges }) => [name, exchanges] as const))('%s', async (_name, exchanges) => {
    const server = await TestHttpServer.open();
    runtime.origin = server.url;
    for (const exchange of exchanges) server.answers.push(answerAsRecorded(exchange));
    const { url } = exchanges[0]?.request ?? {};
    const size = url?.endsWith('/batch') ? itemsOf(exchanges[0] as Exchange).length : undefined;
    const batch = size === undefined ? false : { maxBatchSize: size };
    client = new NetronClient({ backends: { main: { url: server.url, batch } }, runtime });
    for (const exchange of exchanges) {
      if (size !== undefined) await expectBatch(client, exchange);
      else if (url?.endsWith('/authenticate')) await expectAuthentication(client, exchange);
      else await expectAnswer(client, exchange, exchanges[0] as Exchange);
    }
    expect(server.requests.length).toBe(exchanges.length);
    await server.close();
  });
});

interface Envelope {
  readonly id: string;
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: Record<string, unknown> };
}

/** The recorded bytes, under the ids that our client has given. */
function answerAsRecorded({ request, response }: Exchange) {
  return (reply: import('node:http').ServerResponse, sent: TestRequest): void => {
    let { body } = response;
    const recorded = parsed(request.body) as { id?: string; requests?: readonly TestRequest[] } | undefined;
    if (recorded?.id !== undefined) body = body.replaceAll(`"id":"${recorded.id}"`, `"id":"${sent.id}"`);
    const { requests = [] } = sent as unknown as { requests?: readonly TestRequest[] };
    for (const [i, item] of (recorded?.requests ?? []).entries()) {
      body = body.replace(`{"id":"${item.id}",`, `{"id":"${requests[i]?.id}",`);
      const { service, method, input } = item;
      expect(requests[i]).toMatchObject({ service, method, input });
    }
    if (recorded !== undefined && 'method' in recorded && 'input' in recorded) {
      const { service, method, input } = recorded as unknown as TestRequest;
      expect(sent).toMatchObject({ service, method, input: withoutTrailingNull(input as unknown[]) });
    }
    const { 'transfer-encoding': _, connection: __, ...headers } = response.headers;
    reply.writeHead(response.status, headers).end(body);
  };
}

async function expectAnswer(caller: NetronClient, exchange: Exchange, first: Exchange): Promise<void> {
  const { request, response } = exchange;
  const { service = 'any', method = 'any', input = [] } = (parsed(request.body) ?? {}) as Partial<TestRequest>;
  const args = withoutTrailingNull(input as unknown[]);
  const conditional = first.response.headers.etag !== undefined;
  const ask = conditional ? caller.query(service, method, args, { cache: 0 }) : caller.mutate(service, method, args);
  const outcome = await outcomeOf(ask);
  const body = parsed(response.status === 304 ? first.response.body : response.body) as Envelope;
  if (body.success) expect(outcome).toEqual({ value: body.data });
  else expect(outcome).toMatchObject({ error: remoteFields(body.error, response.status) });
}

async function expectBatch(caller: NetronClient, exchange: Exchange): Promise<void> {
  const { responses } = parsed(exchange.response.body) as { responses: readonly Envelope[] };
  const outcomes = await Promise.all(
    itemsOf(exchange).map(({ service, method, input }) =>
      outcomeOf(caller.mutate(service, method, input as readonly unknown[])),
    ),
  );
  for (const [i, { id }] of itemsOf(exchange).entries()) {
    const said = responses.find((response) => response.id === id);
    // What the server left out after a failure is known to be unknown.
    if (said === undefined) expect(outcomes[i]).toMatchObject({ error: { code: 'protocol' } });
    else if (said.success) expect(outcomes[i]).toEqual({ value: said.data });
    else expect(outcomes[i]).toMatchObject({ error: remoteFields(said.error, Number(said.error?.code)) });
  }
}

async function expectAuthentication(caller: NetronClient, { request, response }: Exchange): Promise<void> {
  const { credentials } = parsed(request.body) as { credentials: Record<string, unknown> };
  const { error } = parsed(response.body) as Envelope;
  const outcome = await outcomeOf((await caller.backend()).authenticate(credentials));
  expect(outcome).toMatchObject({ error: remoteFields(error, response.status) });
}

function remoteFields(error: Envelope['error'], status: number): object {
  const { code = '', message, details = {} } = error ?? {};
  const { retryAfter } = details;
  return {
    code: 'remote',
    status,
    reason: message,
    details,
    businessCode: /^\d+$/.test(code) ? undefined : code,
    retryAfterMs: typeof retryAfter === 'number' ? retryAfter * 1_000 : undefined,
  };
}

const itemsOf = ({ request }: Exchange): readonly TestRequest[] =>
  (parsed(request.body) as { requests: readonly TestRequest[] }).requests;

/** The other client sent `null` for an argument that was not given; ours leaves it out. */
const withoutTrailingNull = (args: readonly unknown[]): readonly unknown[] =>
  args.slice(0, args.findLastIndex((arg) => arg !== null) + 1);

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** Plays the server's side: after each thing that our client says, what the recording has until the next. */
class RecordedServer {
  readonly differences: unknown[] = [];
  readonly left: { readonly dir: 'in' | 'out'; readonly hex: string }[];
  greeted = false;
  /** Ids of our client, by those of the one that was recorded. */
  readonly #ids = new Map<number, number>();

  private constructor(
    readonly server: WebSocketServer,
    { frames }: RecordedWs,
  ) {
    this.left = frames.filter(({ hex }) => !hex.startsWith('7b'));
    server.on('connection', (socket) => {
      const greeting = frames.find(({ dir, hex }) => dir === 'in' && hex.startsWith('7b'));
      socket.send(greeting === undefined ? Buffer.from(serverHandshake('peer-server')) : bytesOf(greeting.hex));
      socket.on('message', (data: Buffer) => this.#receive(socket, data));
    });
  }

  static async open(recorded: RecordedWs): Promise<RecordedServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new RecordedServer(server, recorded);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  #receive(socket: WebSocket, data: Buffer): void {
    if (!this.greeted) {
      this.greeted = parseHandshake(data.toString('utf8'), 'client-id') !== undefined;
      return;
    }
    const ours = decodePacket(data.toString('hex'));
    const theirs = this.left.shift();
    if (theirs?.dir !== 'out') {
      this.differences.push(['unexpected', ours]);
      return;
    }
    const recorded = decodePacket(theirs.hex);
    if (recorded.impulse) this.#ids.set(recorded.id, ours.id);
    const [actual, expected] = [said(ours), said(recorded)];
    if (JSON.stringify(actual) !== JSON.stringify(expected)) this.differences.push([actual, expected]);
    while (this.left[0]?.dir === 'in') {
      const bytes = bytesOf(this.left.shift()?.hex ?? '');
      const answer = decodePacket(Buffer.from(bytes).toString('hex'));
      const id = answer.impulse ? undefined : this.#ids.get(answer.id);
      if (id !== undefined) new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, id);
      socket.send(bytes);
    }
  }
}

/** What a packet means, without what each client chooses for itself. */
function said(packet: Packet): unknown {
  const { type, impulse, data } = packet;
  if (!impulse) return { impulse };
  if (type === PacketType.ping) return { type };
  if (packet.type === PacketType.stream) return { type, data, index: packet.index, end: packet.endOfStream };
  return { type, data: portrait(data) };
}

function portrait(value: unknown): unknown {
  if (value instanceof StreamReference) return { kind: value.kind, live: value.live };
  if (Array.isArray(value)) return value.map(portrait);
  if (value instanceof Map || value instanceof Set) return [value.constructor.name, [...value].map(portrait)];
  if (typeof value === 'bigint' || value instanceof RegExp) return String(value);
  return value ?? String(value);
}

const firstIn = ({ frames }: RecordedWs): Packet =>
  decodePacket(frames.find(({ dir, hex }) => dir === 'in' && !hex.startsWith('7b'))?.hex ?? '');
const firstOut = ({ frames }: RecordedWs): Packet =>
  decodePacket(frames.find(({ dir, hex }) => dir === 'out' && !hex.startsWith('7b'))?.hex ?? '');

/** Our client resolves a name where the recorded one did something else; see the tests. */
const RESOLUTIONS = new Set(['044', '045', '050']);

describe('what a real server said over WebSocket', () => {
  const special = new Map<string, (caller: NetronClient, recorded: RecordedWs) => Promise<void>>([
    ['042', connects],
    ['044', resolvesTheName],
    ['045', cannotResolveTheName],
    ['050', cannotResolveTheName],
    ['084', callsWhatItWasGiven],
    ['085', pings],
    ['087', setsAProperty],
    ['089', hearsOfAnEvent],
    ['092', cannotAuthenticate],
    ['093', readsAll],
    ['094', readsAll],
    ['096', readsUntilTheFailure],
    ['097', leavesTheStream],
    ['098', uploads],
  ]);
  const replayed = ws.filter(({ name }) => !NOT_REPLAYED.has(name));

  it.each(replayed.map((recorded) => [recorded.name, recorded] as const))('%s', async (name, recorded) => {
    const server = await RecordedServer.open(recorded);
    client = new NetronClient({ backends: { main: server.url }, runtime });
    await (special.get(name.slice(0, 3)) ?? calls)(client, recorded);
    expect(server.differences).toEqual([]);
    if (!RESOLUTIONS.has(name.slice(0, 3))) await vi.waitFor(() => expect(server.greeted).toBe(true), { interval: 1 });
    client.close();
    await server.close();
  });

  async function calls(caller: NetronClient, recorded: RecordedWs): Promise<void> {
    const out = firstOut(recorded);
    expect(out.type).toBe(PacketType.call);
    const [service, method, ...args] = out.data as [string, string, ...unknown[]];
    const outcome = await outcomeOf(caller.mutate(service, method, args));
    const { error, data } = firstIn(recorded);
    if (!error) expect(outcome).toEqual({ value: data });
    else expect(outcome).toMatchObject({ error: { service, method, ...thrown(data) } });
  }

  async function connects(caller: NetronClient): Promise<void> {
    const release = await (await caller.backend()).connect();
    release();
  }

  async function resolvesTheName(caller: NetronClient, recorded: RecordedWs): Promise<void> {
    // The recording asks for a full name, which our client has no need to: only a dotted or bare one is resolved.
    const { frames } = recorded;
    caller.close();
    const definition = firstIn(recorded).data as ServiceDefinition;
    expect(definition).toBeInstanceOf(ServiceDefinition);
    expect(definition.meta).toMatchObject({ name: 'calculator', version: '1.0.0' });
    expect(frames.length).toBe(2);
    await replayResolution(recorded, async (own) => {
      const [first, second] = [own.mutate('calculator', 'add', [1, 2]), own.mutate('calculator', 'add', [3, 4])];
      expect(await Promise.all([first, second])).toEqual(['called by id', 'called by id']);
    });
  }

  async function cannotResolveTheName(caller: NetronClient, recorded: RecordedWs): Promise<void> {
    caller.close();
    // The zod contract that cannot be described, and the range that is no name, which our client asks about first.
    const [first, second] = firstOut(recorded).data as [string, string];
    const service = first === 'query_interface' ? second.replace(/@.*/, '') : first;
    await replayResolution(recorded, async (own) => {
      await expect(own.mutate(service, 'items', [])).rejects.toMatchObject({
        service,
        method: 'items',
        ...thrown(firstIn(recorded).data),
      });
    });
  }

  async function callsWhatItWasGiven(caller: NetronClient): Promise<void> {
    const session = (await caller.mutate('factory@1.0.0', 'open', [])) as RemoteService;
    expect(session).toMatchObject({ name: 'session', version: '1.0.0' });
    expect(await session.call('inc', 5)).toBe(5);
    await session.release();
  }

  async function pings(caller: NetronClient): Promise<void> {
    expect(await (await caller.backend()).ping()).toBe(0);
  }

  async function setsAProperty(caller: NetronClient, recorded: RecordedWs): Promise<void> {
    const [service, property, value] = firstOut(recorded).data as [string, string, unknown];
    expect(await (await caller.backend()).set(service, property, value)).toBeUndefined();
  }

  async function hearsOfAnEvent(caller: NetronClient): Promise<void> {
    const backend = await caller.backend();
    // Connected first: a subscription that waits for its connection is sent when that opens, and once more after.
    const release = await backend.connect();
    const seen: unknown[] = [];
    const { ready, unsubscribe } = backend.subscribe('demo', (...args) => seen.push(args));
    await ready;
    expect(await caller.mutate('events@1.0.0', 'fire', ['demo', { n: 1 }, 'two'])).toBe(true);
    unsubscribe();
    expect(await caller.mutate('events@1.0.0', 'fire', ['demo', { n: 2 }])).toBe(true);
    expect(seen).toEqual([[{ n: 1 }, 'two']]);
    release();
  }

  async function cannotAuthenticate(caller: NetronClient, recorded: RecordedWs): Promise<void> {
    const [, credentials] = firstOut(recorded).data as [string, Record<string, unknown>];
    const outcome = await outcomeOf((await caller.backend()).authenticate(credentials));
    expect(outcome).toMatchObject({ error: thrown(firstIn(recorded).data) });
  }

  async function readsAll(caller: NetronClient, recorded: RecordedWs): Promise<void> {
    const [service, method, ...args] = firstOut(recorded).data as [string, string, ...unknown[]];
    const items: unknown[] = [];
    for await (const item of caller.stream(service, method, args)) items.push(item);
    expect(items).toEqual([0, 1, 2]);
  }

  async function readsUntilTheFailure(caller: NetronClient): Promise<void> {
    const stream = caller.stream('stream@1.0.0', 'failing', [2]);
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    await expect(stream.next()).rejects.toMatchObject({ code: 'remote', status: 500, reason: 'stream blew up' });
  }

  async function leavesTheStream(caller: NetronClient): Promise<void> {
    expect(await caller.mutate('stream@1.0.0', 'foreverClosedCount', [])).toBe(0);
    const items: unknown[] = [];
    for await (const item of caller.stream('stream@1.0.0', 'forever', [20])) if (items.push(item) === 3) break;
    expect(items).toEqual([0, 1, 2]);
    // Titan sends on all the same; it reaches nobody.
    expect(await caller.mutate('stream@1.0.0', 'foreverClosedCount', [])).toBe(0);
  }

  async function uploads(caller: NetronClient): Promise<void> {
    const source = (async function* () {
      for (let v = 0; v < 3; v++) yield { v };
    })();
    expect(await caller.mutate('stream@1.0.0', 'consume', [source])).toEqual([{ v: 0 }, { v: 1 }, { v: 2 }]);
  }

  /** The recorded answer to `query_interface`, and a server behind it that answers every call. */
  async function replayResolution(recorded: RecordedWs, use: (own: NetronClient) => Promise<void>): Promise<void> {
    const answer = recorded.frames.find(({ dir }) => dir === 'in')?.hex ?? '';
    const { data } = decodePacket(answer);
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const targets: unknown[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (message: Buffer, isBinary) => {
        if (!isBinary) return;
        const packet = decodePacket(message.toString('hex'));
        const id = message.toString('hex', 0, 4);
        if (packet.type === PacketType.task) return socket.send(bytesOf(id + answer.slice(8)));
        targets.push((packet.data as readonly unknown[])[0]);
        // "called by id", as fixstr.
        socket.send(bytesOf(`${id}03ac${Buffer.from('called by id').toString('hex')}`));
      });
    });
    const own = new NetronClient({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, runtime });
    await use(own);
    for (const target of targets) expect(target).toBe((data as ServiceDefinition).id);
    own.close();
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

function thrown(data: unknown): object {
  if (data instanceof TitanError) {
    const { retryAfter, errorCode } = data.details as { retryAfter?: number; errorCode?: string };
    const retryAfterMs = retryAfter === undefined ? undefined : retryAfter * 1_000;
    return {
      code: 'remote',
      status: data.code,
      reason: data.message,
      details: data.details,
      retryAfterMs,
      businessCode: errorCode,
    };
  }
  if (data instanceof Error) {
    const { code } = data as { code?: string };
    return { code: 'remote', status: 500, reason: data.message, businessCode: code };
  }
  return { code: 'remote', status: 500, reason: data };
}
