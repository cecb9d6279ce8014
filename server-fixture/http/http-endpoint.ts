import type { IncomingMessage, ServerResponse } from 'node:http';
import { INVOKE_PATH, TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { Listener } from '../listener.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import { invokeRoute } from './invoke-route.js';
import { requestIdOf, sendError, sendJson } from './reply.js';

type Route = (request: IncomingMessage, response: ServerResponse, controller: AbortController) => Promise<void> | void;

/** Netron over HTTP: everything is 404 but what the route table names. */
export class HttpEndpoint {
  readonly #listener = new Listener();
  readonly #routes: ReadonlyMap<string, Route>;

  constructor(readonly backend: Backend) {
    this.#routes = new Map<string, Route>([
      [`POST ${INVOKE_PATH}`, (request, response, controller) => invokeRoute(backend, request, response, controller)],
      ['GET /health', (_request, response) => sendJson(response, 200, { status: 'online' })],
    ]);
    this.#listener.server.on('request', (request, response) => {
      backend.counters.httpRequests++;
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

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController();
    // Comes after a response as well, when there is nothing left to abort.
    response.on('close', () => controller.abort());
    try {
      await this.#route(request, response, controller);
    } catch (error) {
      // Nothing is known about the request here, not even its id.
      sendError(response, requestIdOf(request), error);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, controller: AbortController): Promise<void> {
    if (request.method === 'OPTIONS') {
      response.writeHead(204, preflightHeaders(request)).end();
      return;
    }
    const path = (request.url ?? '').split('?', 1)[0];
    const route = this.#routes.get(`${request.method} ${path}`);
    if (route !== undefined) return route(request, response, controller);
    const id = requestIdOf(request);
    sendError(response, id, new TitanError(404, 'Not found'), { ...corsHeaders(request), 'X-Request-ID': id });
  }
}
