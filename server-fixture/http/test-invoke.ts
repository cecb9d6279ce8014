import type { Fixture } from '../fixture.js';

export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** POSTs text as it is to the invoke endpoint. */
export async function postInvoke(
  fixture: Fixture,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<TestResponse> {
  const response = await fetch(`${fixture.http}/netron/invoke`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) as unknown };
}

/** One call over HTTP with the request id `a`. */
export function invokeHttp(
  fixture: Fixture,
  service: string,
  method: string,
  input: unknown,
  hints?: { timeout: number },
): Promise<TestResponse> {
  return postInvoke(fixture, JSON.stringify({ id: 'a', service, method, input, hints }));
}
