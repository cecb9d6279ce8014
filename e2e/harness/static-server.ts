import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';

/** How to serve a folder. Paths begin with `/` and have no query. */
export interface StaticServerOptions {
  /** Default 0: any free one. */
  port?: number;
  /** More headers for a path; they win over the server's own. */
  headers?: (path: string) => Record<string, string>;
  /** Rewrites a text file on its way out. */
  transform?: (path: string, text: string) => string;
  /** Answers of their own, by exact path; asked before the folder. */
  routes?: Record<string, (request: IncomingMessage, response: ServerResponse) => void>;
}

/** A server that listens. */
export interface StaticServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  url: string;
  /** Ends every connection, open streams and WebSockets too, and frees the port. */
  close(): Promise<void>;
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Serves the files of `dir` to this machine only; `index.html` for a path that ends with a slash. */
export async function serveStatic(dir: string, options: StaticServerOptions = {}): Promise<StaticServer> {
  const root = path.resolve(dir);
  const server = createServer((request, response) => {
    const pathname = pathOf(request.url);
    const route = pathname !== undefined && ownRoute(options.routes, pathname);
    if (route) return route(request, response);
    void serveFile(root, pathname, request, response, options);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Not closeAllConnections(): it leaves connections that were upgraded to WebSockets.
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

/** The decoded path of a request, or undefined when it is not well-formed. */
function pathOf(url = '/'): string | undefined {
  try {
    // Of the raw text and not of `new URL`, which resolves `..` away before it can be refused.
    const pathname = decodeURIComponent(url.replace(/[?#].*$/s, ''));
    return pathname.startsWith('/') && !pathname.includes('\0') ? pathname : undefined;
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}

function ownRoute(routes: StaticServerOptions['routes'] = {}, pathname: string) {
  return Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
}

async function serveFile(
  root: string,
  pathname: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  { headers, transform }: StaticServerOptions,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Method not allowed');
  if (pathname === undefined) return end(response, 400, 'Bad path');
  const file = path.join(root, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
  if (/(^|[\\/])\.\.([\\/]|$)/.test(pathname) || !file.startsWith(root + path.sep)) {
    return end(response, 403, 'Outside of the served folder');
  }
  const type = contentTypes[path.extname(file)] ?? 'application/octet-stream';
  let body: Buffer | string;
  try {
    body = await readFile(file);
    if (transform && type.includes('charset')) body = transform(pathname, body.toString());
  } catch (error) {
    return isMissing(error) ? end(response, 404, 'Not found') : end(response, 500, String(error));
  }
  // Not no-store: that would keep the pages out of the back/forward cache.
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', ...headers?.(pathname) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR';
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
