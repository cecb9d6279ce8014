import type { ServiceDefinition } from '../protocol/codec/references.js';
import { parseInvokeResponse } from '../protocol/http.js';
import { isRecord } from '../protocol/record.js';
import type { AuthResult, BackendHandle, EventSubscription } from './backend-handle.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import type { Caller } from './call/caller.js';
import { startDeadline } from './call/deadline.js';
import type { NetronError } from './netron-error.js';
import { RemoteService } from './remote-service.js';
import type { Runtime } from './runtime.js';
import { fromEnvelope } from './transport/remote-error.js';
import type { Operation, Transport } from './transport/transport.js';
import type { EventHandler } from './transport/ws/subscriptions.js';

/** Service name of what is asked of the server itself. */
const SERVER = '$server';

/** Everything that is asked of a backend besides calls of its services by name. */
export class BackendOperations implements BackendHandle {
  readonly #backend: Backend;
  readonly #caller: Caller;
  readonly #runtime: Runtime;

  constructor(backend: Backend, caller: Caller, runtime: Runtime) {
    this.#backend = backend;
    this.#caller = caller;
    this.#runtime = runtime;
  }

  get name(): string {
    return this.#backend.config.name;
  }

  get url(): string {
    return this.#backend.config.url;
  }

  async connect(): Promise<() => void> {
    return this.#timed(this.#call(SERVER, 'connect', []), (transport, call, signal) => {
      if (transport.connect === undefined) throw this.#needsSocket(call);
      return transport.connect({ call, signal });
    });
  }

  async ping(): Promise<number> {
    return this.#timed(this.#call(SERVER, 'ping', []), (transport, call, signal) => {
      if (transport.ping === undefined) throw this.#needsSocket(call);
      return transport.ping({ call, signal });
    });
  }

  /** Not recorded on the tap: credentials never enter it. */
  async authenticate(credentials: Readonly<Record<string, unknown>>): Promise<AuthResult> {
    const result = await this.#timed(this.#call(SERVER, 'authenticate', []), (transport, call, signal) =>
      transport.post === undefined
        ? transport.authenticate?.(credentials)
        : authenticateOverHttp(transport.post, credentials, call, signal),
    );
    return parseAuthResult(result) ?? { success: false, error: 'the server answered no authentication result' };
  }

  get(service: string, property: string): Promise<unknown> {
    return this.#operate('get', service, property, []);
  }

  async set(service: string, property: string, value: unknown): Promise<void> {
    await this.#operate('set', service, property, [value]);
  }

  subscribe(event: string, handler: EventHandler): EventSubscription {
    const call = this.#call(SERVER, 'subscribe', [event]);
    let left = false;
    let unsubscribe = (): void => undefined;
    const ready = this.#backend.transport(call).then((transport) => {
      if (transport.subscribe === undefined) throw this.#needsSocket(call);
      if (left) return undefined;
      const subscription = transport.subscribe(event, handler);
      unsubscribe = subscription.unsubscribe;
      return subscription.ready;
    });
    // Whoever does not look at `ready` hears of nothing, which is what an unknown event sounds like.
    ready.catch(() => undefined);
    return {
      ready,
      unsubscribe() {
        left = true;
        unsubscribe();
      },
    };
  }

  /** The handle on a service that a call returned. */
  remoteService(definition: ServiceDefinition): RemoteService {
    const { name, version } = definition.meta;
    const service = `${String(name ?? 'service')}${typeof version === 'string' && version !== '' ? `@${version}` : ''}`;
    return new RemoteService(
      definition,
      (operation, member, args) => this.#operate(operation, service, member, args, definition.id),
      async () => {
        await this.#operate('task', SERVER, 'unref_service', [definition.id]);
      },
    );
  }

  async #operate(
    operation: Operation,
    service: string,
    member: string,
    args: readonly unknown[],
    definitionId?: string,
  ): Promise<unknown> {
    const call = this.#call(service, member, args, operation === 'get' ? 'query' : 'mutation');
    this.#caller.start(call, 0, 'user');
    const target = definitionId === undefined ? {} : { definitionId };
    const result = await this.#caller.run(call, this.#backend, { operation, ...target });
    if (result.ok) return result.reply.value;
    throw result.error;
  }

  async #timed<T>(
    call: ActiveCall,
    ask: (transport: Transport, call: ActiveCall, signal: AbortSignal) => Promise<T> | T,
  ): Promise<T> {
    const { timeoutMs } = this.#backend.config;
    const deadline = startDeadline(this.#runtime, timeoutMs, undefined);
    try {
      return await ask(await this.#backend.transport(call), call, deadline.signal);
    } catch (error) {
      throw deadline.expired() ? callError('timeout', `no answer within ${timeoutMs} ms`, call) : error;
    } finally {
      deadline.cleanup();
    }
  }

  #call(service: string, member: string, args: readonly unknown[], kind: 'query' | 'mutation' = 'query'): ActiveCall {
    return new ActiveCall(kind, this.name, service, member, args, this.#backend.via, null);
  }

  #needsSocket(call: ActiveCall): NetronError {
    return callError('invalid-argument', 'this needs a ws: or wss: backend', call);
  }
}

async function authenticateOverHttp(
  post: NonNullable<Transport['post']>,
  credentials: unknown,
  call: ActiveCall,
  signal: AbortSignal,
): Promise<unknown> {
  const { status, body } = await post('/netron/authenticate', { credentials }, { call, signal });
  const { result } = (body ?? {}) as { result?: unknown };
  if (result !== undefined) return result;
  const envelope = parseInvokeResponse(body);
  if (envelope === undefined || envelope.ok) throw callError('protocol', `answered ${status} with no result`, call);
  throw fromEnvelope(envelope.error, status, call);
}

function parseAuthResult(value: unknown): AuthResult | undefined {
  if (!isRecord(value)) return undefined;
  const { success, context, error, metadata } = value;
  if (typeof success !== 'boolean') return undefined;
  return {
    success,
    ...(isRecord(context) ? { context } : {}),
    ...(typeof error === 'string' ? { error } : {}),
    ...(isRecord(metadata) ? { metadata } : {}),
  };
}
