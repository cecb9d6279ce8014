import type { Fixture } from '../fixture.js';
import type { TestResponse } from './test-invoke.js';

/** POSTs a value as JSON to any path. */
export async function postJson(
  fixture: Fixture,
  path: string,
  value: unknown,
  headers: Record<string, string> = {},
): Promise<TestResponse> {
  const response = await fetch(fixture.http + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(value),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : (JSON.parse(text) as unknown) };
}

/** One item of a batch, or the body of an invoke. */
export function callOf(service: string, method: string, input: unknown = [], id = 'a') {
  return { id, service, method, input };
}
