import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TestRequest {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly input: unknown;
  readonly hints?: { readonly timeout?: number };
}

export type TestAnswer = (response: ServerResponse, request: TestRequest, raw: IncomingMessage) => void;

/** Answers each request with the next of {@link answers}, and as Netron does, with its input, when there is none. */
export class TestHttpServer {
  readonly answers: TestAnswer[] = [];
  readonly requests: TestRequest[] = [];

  private constructor(readonly server: Server) {
    server.on('request', (raw: IncomingMessage, response: ServerResponse) => {
      text(raw).then(
        (body) => {
          const request = JSON.parse(body) as TestRequest;
          this.requests.push(request);
          const answer = this.answers.shift() ?? echo;
          answer(response, request, raw);
        },
        () => response.destroy(),
      );
    });
  }

  static async open(): Promise<TestHttpServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TestHttpServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function echo(response: ServerResponse, { id, input }: TestRequest): void {
  answerJson(response, 200, { id, success: true, data: input });
}
