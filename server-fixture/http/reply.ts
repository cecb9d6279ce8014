import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpFailure, toHttpFailure } from '../errors/http-failure.js';
import { uuidV7 } from '../exposure/uuid.js';
import type { Fault } from '../faults/decide-fault.js';
import { distort } from '../faults/distort.js';

type Headers = Readonly<Record<string, string | string[]>>;

/** The id of a request whose envelope could not be read. */
export function requestIdOf(request: IncomingMessage): string {
  const id = request.headers['x-request-id'];
  return typeof id === 'string' && id !== '' ? id : uuidV7();
}

/**
 * Titan's JSON has bigints as numbers and so loses precision; clients must see the same (PROTOCOL §3.3). Undefined for
 * what JSON has no text for.
 *
 * @throws TypeError for cycles.
 */
export function toJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? Number(part) : part));
}

export function cookieHeaders(cookies: readonly string[]): Headers {
  return cookies.length === 0 ? {} : { 'Set-Cookie': [...cookies] };
}

/** @throws what {@link toJson} throws, before anything is sent. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
  fault?: Fault,
): void {
  const bytes = Buffer.from(toJson(body) ?? 'null');
  if (response.headersSent || response.destroyed) return;
  if (fault?.effect.kind === 'drop') return;
  if (fault?.effect.kind === 'close') {
    response.destroy();
    return;
  }
  // The length of the whole, so that a client can tell that half is missing.
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers });
  const [sent = bytes] = distort(bytes, fault);
  if (sent.length === bytes.length) response.end(sent);
  else response.write(sent, () => response.destroy());
}

/** Answers with the error envelope. Details that JSON cannot carry are left out rather than hiding the error. */
export function sendError(
  response: ServerResponse,
  id: string,
  thrown: unknown,
  headers: Headers = {},
  fault?: Fault,
): void {
  const failure = toHttpFailure(thrown);
  const all = { ...headers, ...failure.headers };
  try {
    sendJson(response, failure.status, errorEnvelope(id, failure), all, fault);
  } catch {
    sendJson(response, failure.status, errorEnvelope(id, { ...failure, details: {} }), all, fault);
  }
}

function errorEnvelope(id: string, { code, message, details }: HttpFailure): unknown {
  return { id, success: false, error: { code, message, details } };
}
