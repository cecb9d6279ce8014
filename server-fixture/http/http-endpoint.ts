import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { INVOKE_PATH, TitanError } from '../../protocol/index.js';
import { tokenOf } from '../auth/request-token.js';
import type { Backend } from '../backend.js';
import { Listener } from '../listener.js';
import { authenticateRoute } from './authenticate-route.js';
import { batchRoute } from './batch-route.js';
import { corsHeaders, preflightHeaders, rareCorsHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { metricsRoute, openApiRoute } from './introspection-routes.js';
import { invokeRoute } from './invoke-route.js';
import { requestIdOf, sendError, sendJson } from './reply.js';

type Route = (exchange: Exchange) => Promise<void> | void;

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  [`POST ${INVOKE_PATH}`, invokeRoute],
  ['POST /netron/batch', batchRoute],
  ['POST /netron/authenticate', authenticateRoute],
  ['GET /health', healthRoute],
  ['GET /metrics', metricsRoute],
  ['GET /openapi.json', openApiRoute],
]);

/** Netron over HTTP: everything is 404 but what the route table names. */
export class HttpEndpoint {
  readonly #backend: Backend;
  readonly #listener: Listener;
  /** Requests of each socket that have no response yet; above one only where a client does not wait for answers. */
  readonly #pending = new WeakMap<Socket, number>();

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

  /** Drops all connections, which ends their calls. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  /** False, and the socket cut, for one request too many: a refusal would have to wait behind all the others. */
  #admit(socket: Socket, response: ServerResponse): boolean {
    const { counters, limits } = this.#backend;
    const pending = (this.#pending.get(socket) ?? 0) + 1;
    this.#pending.set(socket, pending);
    response.on('close', () => this.#pending.set(socket, (this.#pending.get(socket) ?? 1) - 1));
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
    // An invalid token is that of an anonymous client (PROTOCOL §10).
    const user = backend.auth?.byToken(tokenOf(request) ?? '');
    const caller = { user, client: request.socket.remoteAddress ?? '' };
    try {
      await route({ backend, request, response, caller, signal: controller.signal });
    } catch (error) {
      // Nothing is known about the request here, not even its id.
      sendError(response, requestIdOf(request), error);
    }
  }
}

async function route(exchange: Exchange): Promise<void> {
  const { backend, request, response } = exchange;
  if (request.method === 'OPTIONS') {
    response.writeHead(204, preflightHeaders(backend, request)).end();
    return;
  }
  const path = (request.url ?? '').split('?', 1)[0];
  const found = ROUTES.get(`${request.method} ${path}`);
  if (found !== undefined) return found(exchange);
  const id = requestIdOf(request);
  sendError(response, id, new TitanError(404, 'Not found'), { ...corsHeaders(backend, request), 'X-Request-ID': id });
}

function healthRoute({ backend, request, response }: Exchange): void {
  sendJson(response, 200, { status: 'online' }, rareCorsHeaders(backend, request));
}
