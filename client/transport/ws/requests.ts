import type { CallKind, TapCall } from '../../../protocol/index.js';
import type { MessagePacket, PacketType } from '../../../protocol/packet.js';
import { ActiveCall } from '../../call/active-call.js';
import { callError } from '../../call/call-error.js';
import type { Deadlines } from '../../call/deadlines.js';
import { MAX_UNSENT_CALLS, TASK_TIMEOUT_MS } from '../../limits.js';
import type { NetronError } from '../../netron-error.js';
import type { Operation, TransportReply, WireLog } from '../transport.js';
import { definitionId, isCallable } from './definitions.js';
import { type Accept, type Exchange, NO_UPLOADS, type WsRequest } from './exchange.js';
import type { LossCode } from './link-state.js';
import type { Outbox } from './outbox.js';
import { sendError } from './send-error.js';
import { SERVER } from './server-name.js';
import type { Uploads } from './uploads.js';
import { fromWireValue } from './wire-error.js';
import type { Waiter } from './ws-link.js';

/** Each at the place that is the type of its packets. */
const OPERATIONS: readonly (Operation | 'ping')[] = ['ping', 'get', 'set', 'call', 'task'];

/**
 * Requests from the moment they are made until their promise settles. A step at a time and without promises in between,
 * since a request whose connection is open and whose service goes by its name has only one step: it is sent.
 */
export class Requests {
  readonly #backend: string;
  readonly #outbox: Outbox;
  readonly #uploads: Uploads;
  readonly #deadlines: Deadlines;
  readonly #log: WireLog | null;
  /** Definition ids by service, once per connection: they die with the server process. */
  readonly #ids = new Map<string, Promise<string>>();
  /** Those that wait for the connection, oldest first. */
  readonly #unsent = new Set<Exchange>();
  readonly #connection: Waiter = {
    isWanted: () => this.#unsent.size > 0,
    resolve: () => {
      for (const exchange of this.#takeUnsent()) this.#advance(exchange);
    },
    fail: (reason) => {
      for (const exchange of this.#takeUnsent())
        this.fail(exchange, callError('network', reason, exchange.request.call));
    },
  };

  constructor(backend: string, outbox: Outbox, uploads: Uploads, deadlines: Deadlines, log: WireLog | null) {
    this.#backend = backend;
    this.#outbox = outbox;
    this.#uploads = uploads;
    this.#deadlines = deadlines;
    this.#log = log;
  }

  /** Settles at once when it is cancelled; an answer that comes later is nobody's. */
  ask(request: WsRequest, accept = takeAny): Promise<TransportReply> {
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        request,
        accept,
        resolve,
        reject,
        id: 0,
        repeated: false,
        renewed: false,
        uploads: NO_UPLOADS,
      };
      const { call, cancellation } = request;
      const cancel = (): void => this.fail(exchange, cancellation.error(call));
      cancellation.onCancel = cancel;
      if (cancellation.cancelled === undefined) this.#advance(exchange);
      else cancel();
    });
  }

  /**
   * One of the server's own tasks, such as `subscribe`.
   * @param kind a mutation holds for the connection that it is sent over, and is not sent again over the next.
   * @param cancellation is ended with it.
   * @throws NetronError that names it as a method of the server.
   */
  async task(
    name: string,
    arg: unknown,
    kind: CallKind = 'query',
    cancellation = this.#deadlines.start(TASK_TIMEOUT_MS),
  ): Promise<unknown> {
    const args = [arg];
    // The call is what the tap keeps: credentials never enter it.
    const shown = name === 'authenticate' ? [] : args;
    const call = new ActiveCall(kind, { backend: this.#backend, service: SERVER, method: name }, shown, 'WS');
    try {
      return (await this.ask({ call, args, cancellation, operation: 'task' })).value;
    } finally {
      this.#deadlines.end(cancellation);
    }
  }

  /** A task that takes something back; nobody waits for its outcome. */
  tell(name: string, arg: unknown): void {
    this.task(name, arg, 'mutation').catch(() => undefined);
  }

  settle(exchange: Exchange, { id, error, data }: MessagePacket, sizeBytes: number): void {
    this.#log?.received(exchange.request.call, sizeBytes, `${error ? 'ERROR' : 'RESPONSE'} #${id}`);
    this.#outbox.waiting.delete(exchange);
    if (error) this.#refused(exchange, data);
    else exchange.accept(exchange, data, sizeBytes);
    this.#uploads.end(exchange.uploads);
  }

  fail(exchange: Exchange, error: NetronError): void {
    this.#outbox.waiting.delete(exchange);
    this.#unsent.delete(exchange);
    exchange.reject(error);
    this.#uploads.end(exchange.uploads, error.reason);
  }

  /** A query whose connection is lost on the way is asked once more: it changes nothing. Anything else fails. */
  lost(reason: string, code: LossCode): void {
    this.#ids.clear();
    for (const exchange of this.#outbox.waiting.all()) {
      const { call, operation } = exchange.request;
      const changes = call.changes || operation === 'set' || exchange.uploads.length > 0;
      if (exchange.repeated || code !== 'network' || changes || operation === 'ping') {
        this.fail(exchange, callError(code, reason, call));
      } else {
        this.#outbox.waiting.delete(exchange);
        exchange.repeated = true;
        this.#advance(exchange);
      }
    }
  }

  /** `id`: of the service's definition, where it is known. */
  #advance(exchange: Exchange, id = exchange.request.definitionId): void {
    const { call, operation } = exchange.request;
    const { service, method } = call;
    const { link } = this.#outbox;
    // What was known of a definition holds for the connection that is gone.
    if (!link.isOpen) this.#hold(exchange);
    else if (operation === 'task' || operation === 'ping') this.#send(exchange, [method]);
    else if (id !== undefined || isCallable(service)) this.#send(exchange, [id ?? service, method]);
    else {
      this.#idOf(call).then(
        (found) => this.#advance(exchange, found),
        ({ status, code, reason, cause }: NetronError) =>
          exchange.reject(status === undefined ? callError(code, reason, call, cause) : fromWireValue(cause, call)),
      );
    }
  }

  #hold(exchange: Exchange): void {
    const { call } = exchange.request;
    const { size } = this.#unsent;
    if (size >= MAX_UNSENT_CALLS) {
      return this.fail(exchange, callError('unavailable', `${size} calls wait for the connection already`, call));
    }
    this.#unsent.add(exchange);
    this.#outbox.link.wait(this.#connection);
  }

  #takeUnsent(): readonly Exchange[] {
    const unsent = [...this.#unsent];
    this.#unsent.clear();
    return unsent;
  }

  /** @throws NetronError of what the server says when it has no such service. */
  #idOf(call: TapCall): Promise<string> {
    const { service } = call;
    let id = this.#ids.get(service);
    if (id === undefined) {
      id = this.task('query_interface', service).then((answer) => definitionId(answer, call));
      this.#ids.set(service, id);
      // A failure is not worth remembering: the service may be registered later.
      id.catch(() => this.#ids.get(service) === id && this.#ids.delete(service));
    }
    return id;
  }

  /** To whatever the names say, as the first items of the packet's list. */
  #send(exchange: Exchange, names: readonly string[]): void {
    const { call, cancellation, operation = 'call', args = call.args } = exchange.request;
    if (!cancellation.isWanted()) return;
    const { codec, link, waiting } = this.#outbox;
    const id = this.#outbox.nextId();
    try {
      const sent = operation === 'call' ? this.#uploads.refer(args, exchange) : args;
      const bytes = codec.encodeRequest(id, OPERATIONS.indexOf(operation) as PacketType, names, sent);
      this.#log?.sent(call, bytes.length, `${operation.toUpperCase()} #${id}`);
      exchange.id = id;
      waiting.add(exchange);
      call.doubts++;
      link.send(bytes);
    } catch (error) {
      return this.fail(exchange, sendError(error, call, 'args'));
    }
    const { uploads } = exchange;
    for (const upload of uploads) upload.onFailure = (error) => this.fail(exchange, error);
    this.#uploads.start(uploads, call);
  }

  #refused(exchange: Exchange, value: unknown): void {
    const { call, definitionId: given } = exchange.request;
    const error = fromWireValue(value, call);
    if (given === undefined && error.status === 404 && /^Definition with id/.test(error.reason)) {
      this.#ids.delete(call.service);
      // What a source has given already cannot be had from it again.
      if (!exchange.renewed && exchange.uploads.length === 0) {
        exchange.renewed = true;
        call.doubts--;
        return this.#advance(exchange);
      }
    }
    exchange.reject(error);
  }
}

const takeAny: Accept = (exchange, value, sizeBytes) => exchange.resolve({ value, sizeBytes });
