import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { INVOKE_PATH, TitanError } from '../../protocol/index.js';
import { tokenOf } from '../auth/request-token.js';
import type { Backend } from '../backend.js';
import { DRAIN_RETRY_AFTER_S } from '../limits.js';
import { Listener } from '../listener.js';
import { pathBelow } from '../path-prefix.js';
import { authenticateRoute } from './authenticate-route.js';
import { batchRoute } from './batch-route.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { healthRoute } from './health-route.js';
import { metricsRoute, openApiRoute } from './introspection-routes.js';
import { invokeRoute } from './invoke-route.js';
import { requestIdOf, sendError } from './reply.js';

type Route = (exchange: Exchange) => Promise<void> | void;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  [`POST ${INVOKE_PATH}`, invokeRoute],
  ['POST /netron/batch', batchRoute],
  ['POST /netron/authenticate', authenticateRoute],
  ['GET /health', healthRoute],
  ['GET /metrics', metricsRoute],
  ['GET /openapi.json', openApiRoute],
]);

/** What a draining server refuses. */
const CALL_ROUTES: ReadonlySet<Route> = new Set([invokeRoute, batchRoute]);

/** Netron over HTTP: everything is 404 but what the route table names. */
export class HttpEndpoint {
  readonly #backend: Backend;
  readonly #listener: Listener;
  /** Requests of each socket that have no response yet; above one only where a client does not wait for answers. */
  readonly #pending = new WeakMap<Socket, number>();
  /** Requests of all sockets that have no response yet. */
  #open = 0;
  #drained: Promise<void> | undefined;
  #onIdle: () => void = () => undefined;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#listener = new Listener(backend);
    this.#listener.server.on('request', (request, response) => {
      backend.counters.httpRequests++;
      if (!this.#admit(request.socket, response)) return;
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  /** Refuses calls from now on. Resolves when none is running; may be called again. */
  drain(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      if (this.#open === 0) resolve();
      else this.#onIdle = resolve;
    });
    return this.#drained;
  }

  /** Drops all connections, which ends their calls. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  /** False, and the socket cut, for one request too many: a refusal would have to wait behind all the others. */
  #admit(socket: Socket, response: ServerResponse): boolean {
    const { counters, limits } = this.#backend;
    const pending = (this.#pending.get(socket) ?? 0) + 1;
    this.#pending.set(socket, pending);
    this.#open++;
    response.on('close', () => {
      this.#pending.set(socket, (this.#pending.get(socket) ?? 1) - 1);
      this.#open--;
      if (this.#open === 0) this.#onIdle();
    });
    if (pending <= limits.pendingRequests) return true;
    counters.refusedRequests++;
    socket.destroy();
    return false;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const backend = this.#backend;
    const controller = new AbortController();
    // Comes after a response as well, when there is nothing left to abort.
    response.on('close', () => controller.abort());
    try {
      await route({
        backend,
        request,
        response,
        signal: controller.signal,
        draining: this.#drained !== undefined,
        ...identify(backend, request),
      });
    } catch (error) {
      // Nothing is known about the request here, not even its id.
      sendError(response, requestIdOf(request), error);
    }
  }
}

/** An invalid token is that of an anonymous client (PROTOCOL §10). */
function identify({ auth, tokenCookies }: Backend, request: IncomingMessage): Pick<Exchange, 'caller' | 'byCookie'> {
  const token = tokenOf(request, tokenCookies !== undefined);
  const user = auth?.byToken(token?.text)?.context;
  const caller = { user, client: request.socket.remoteAddress ?? '', cookies: request.headers.cookie };
  return { caller, byCookie: user !== undefined && token?.source === 'cookie' };
}

async function route(exchange: Exchange): Promise<void> {
  const { backend, request, response } = exchange;
  if (request.method === 'OPTIONS') {
    response.writeHead(204, preflightHeaders(backend, request)).end();
    return;
  }
  const path = pathBelow(backend.pathPrefix, request.url);
  const found = path === undefined ? undefined : ROUTES.get(`${request.method} ${path}`);
  if (found === undefined) return refuse(exchange, new TitanError(404, 'Not found'));
  if (!exchange.draining || !CALL_ROUTES.has(found)) return found(exchange);
  backend.counters.drainRefused++;
  refuse(exchange, new TitanError(503, 'Server is shutting down'), { 'Retry-After': String(DRAIN_RETRY_AFTER_S) });
}

function refuse(
  { backend, request, response }: Exchange,
  error: TitanError,
  headers: Record<string, string> = {},
): void {
  const id = requestIdOf(request);
  sendError(response, id, error, { ...headers, ...corsHeaders(backend, request), 'X-Request-ID': id });
}
