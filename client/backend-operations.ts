import type { ReadonlySignal } from '@preact/signals-core';
import type { ServiceDefinition } from '../protocol/codec/references.js';
import { parseInvokeResponse } from '../protocol/http.js';
import { isRecord } from '../protocol/record.js';
import type { Auth } from './auth/auth.js';
import type { AuthResult, BackendHandle, BackendState, EventSubscription } from './backend-handle.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import type { Caller } from './call/caller.js';
import type { Cancellation } from './call/cancellation.js';
import type { Session } from './call/session.js';
import type { NetronError } from './netron-error.js';
import { optionError } from './option-error.js';
import { assertField, OBJECT } from './option-fields.js';
import type { Breakers } from './pipeline/breakers.js';
import { RemoteService } from './remote-service.js';
import { fromEnvelope } from './transport/remote-error.js';
import type { Operation, Transport } from './transport/transport.js';
import { SERVER } from './transport/ws/server-name.js';
import type { EventHandler } from './transport/ws/subscriptions.js';

/** Everything that is asked of a backend besides calls of its services by name. */
export class BackendOperations implements BackendHandle {
  readonly #backend: Backend;
  readonly #caller: Caller;
  readonly #clear: () => void;

  /** @param clear forgets what the client holds. */
  constructor(backend: Backend, caller: Caller, clear: () => void) {
    this.#backend = backend;
    this.#caller = caller;
    this.#clear = clear;
  }

  get name(): string {
    return this.#backend.config.name;
  }

  get url(): string {
    return this.#backend.config.url;
  }

  get state(): ReadonlySignal<BackendState | undefined> {
    return this.#backend.link;
  }

  async connect(): Promise<() => void> {
    return this.#timed(this.#call(SERVER, 'connect', []), (transport, call, cancellation) => {
      if (transport.connect === undefined) throw this.#needsSocket(call);
      return transport.connect({ call, cancellation });
    });
  }

  async ping(): Promise<number> {
    return this.#timed(this.#call(SERVER, 'ping', []), (transport, call, cancellation) => {
      if (transport.ping === undefined) throw this.#needsSocket(call);
      return transport.ping({ call, cancellation });
    });
  }

  /** Not recorded on the tap: credentials never enter it. */
  async authenticate(
    credentials: Readonly<Record<string, unknown>>,
    session: Session = this.#backend.session,
  ): Promise<AuthResult> {
    const result = await this.#timed(
      this.#call(SERVER, 'authenticate', []),
      (transport, call, cancellation) =>
        transport.post === undefined
          ? transport.authenticate?.(credentials, cancellation)
          : authenticateOverHttp(transport.post, credentials, call, cancellation),
      session,
    );
    return parseAuthResult(result) ?? { success: false, error: 'the server answered no authentication result' };
  }

  async login(credentials: Readonly<Record<string, unknown>>): Promise<AuthResult> {
    const call = this.#call(SERVER, 'login', []);
    assertField('credentials', credentials, OBJECT, call);
    const auth = this.#needed(await this.#backend.auth());
    const login = auth.beginLogin();
    try {
      const result = await this.authenticate(credentials, login);
      if (!result.success) return result;
      if (auth.accept(login, result, credentials)) {
        // A connection of one's own has learned it by the login itself.
        if (this.#backend.via === 'HTTP') await this.#drop('signed in');
        return result;
      }
    } catch (error) {
      if (!login.isOver) throw error;
    }
    throw callError('aborted', 'a logout, another login or another token came in between', call);
  }

  async setToken(token: string | undefined): Promise<void> {
    if (token !== undefined && (typeof token !== 'string' || token === '')) {
      const reason = `token is ${token === '' ? 'empty' : typeof token}, expected a text or undefined`;
      throw callError('invalid-argument', reason, this.#call(SERVER, 'setToken', []));
    }
    this.#needed(await this.#backend.auth()).setToken(token);
    if (token === undefined) this.#backend.endSession();
    await this.#drop('another token');
  }

  async logout(): Promise<void> {
    (await this.#backend.auth())?.forget();
    this.#backend.endSession();
    // First, or what is asked again would be asked as who one was.
    await this.#drop('signed out');
    this.#clear();
  }

  async isolate(service?: string): Promise<void> {
    (await this.#breakers()).isolate(service);
  }

  async resetBreaker(service?: string): Promise<void> {
    (await this.#breakers()).reset(service);
  }

  get(service: string, property: string): Promise<unknown> {
    return this.#operate('get', service, property, []);
  }

  async set(service: string, property: string, value: unknown): Promise<void> {
    await this.#operate('set', service, property, [value]);
  }

  subscribe<A extends readonly unknown[]>(event: string, handler: EventHandler<A>): EventSubscription {
    const call = this.#call(SERVER, 'subscribe', [event]);
    let left = false;
    let unsubscribe = (): void => undefined;
    const ready = this.#backend.socket(call).then((transport) => {
      if (transport.subscribe === undefined) throw this.#needsSocket(call);
      if (left) return undefined;
      const subscription = transport.subscribe(event, handler as EventHandler);
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
    const { defaults, session } = this.#backend;
    const cancellation = this.#caller.deadlines.start(defaults.timeout, undefined, session);
    const result = await this.#caller.run(call, this.#backend, cancellation, { operation, ...target });
    if (result.ok) return result.reply.value;
    throw result.error;
  }

  async #timed<T>(
    call: ActiveCall,
    ask: (transport: Transport, call: ActiveCall, cancellation: Cancellation) => Promise<T> | T,
    session?: Session,
  ): Promise<T> {
    const { deadlines } = this.#caller;
    const cancellation = deadlines.start(this.#backend.defaults.timeout, undefined, session);
    try {
      return await ask(await cancellation.race(this.#transportFor(call), call), call, cancellation);
    } catch (error) {
      throw cancellation.cancelled === undefined ? error : cancellation.error(call);
    } finally {
      deadlines.end(cancellation);
    }
  }

  /** Not a promise: what comes to login, logout and `setToken` in this order must get to it in this order. */
  #needed(auth: Auth | undefined): Auth {
    if (auth === undefined) throw optionError(`backends.${this.name}.auth`, auth, 'an object, to keep a token');
    return auth;
  }

  async #breakers(): Promise<Breakers> {
    const { circuitBreaker } = this.#backend.config;
    const { breakers } = circuitBreaker ? await this.#backend.pipeline() : {};
    if (breakers !== undefined) return breakers;
    throw optionError(`backends.${this.name}.circuitBreaker`, circuitBreaker, 'true or an object');
  }

  async #drop(reason: string): Promise<void> {
    // Where none can be made, none is open.
    const transport = await this.#backend.socket(this.#call(SERVER, 'drop', [])).catch(() => undefined);
    transport?.drop?.(reason);
  }

  /** Who one is, is known where the calls go; the rest needs a connection. */
  #transportFor(call: ActiveCall): Promise<Transport> {
    return call.method === 'authenticate' ? this.#backend.transport(call) : this.#backend.socket(call);
  }

  #call(service: string, member: string, args: readonly unknown[], kind: 'query' | 'mutation' = 'query'): ActiveCall {
    return new ActiveCall(kind, { backend: this.name, service, method: member }, args, this.#backend.via);
  }

  #needsSocket(call: ActiveCall): NetronError {
    return callError('invalid-argument', 'this needs a backend with a ws: or wss: URL, or with a socketUrl', call);
  }
}

async function authenticateOverHttp(
  post: NonNullable<Transport['post']>,
  credentials: unknown,
  call: ActiveCall,
  cancellation: Cancellation,
): Promise<unknown> {
  const { status, body } = await post('/netron/authenticate', { credentials }, { call, cancellation });
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
