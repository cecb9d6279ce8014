import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpFailure, toHttpFailure } from '../errors/http-failure.js';
import { uuidV7 } from '../exposure/uuid.js';

/** The id of a request whose envelope could not be read. */
export function requestIdOf(request: IncomingMessage): string {
  const id = request.headers['x-request-id'];
  return typeof id === 'string' && id !== '' ? id : uuidV7();
}

/** @throws what `JSON.stringify` throws, before anything is sent. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body, numbersForBigInts);
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Answers with the error envelope. Details that JSON cannot carry are left out rather than hiding the error. */
export function sendError(
  response: ServerResponse,
  id: string,
  thrown: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const failure = toHttpFailure(thrown);
  const all = { ...headers, ...failure.headers };
  try {
    sendJson(response, failure.status, errorEnvelope(id, failure), all);
  } catch {
    sendJson(response, failure.status, errorEnvelope(id, { ...failure, details: {} }), all);
  }
}

function errorEnvelope(id: string, { code, message, details }: HttpFailure): unknown {
  return { id, success: false, error: { code, message, details } };
}

/** Titan's JSON has bigints as numbers and so loses precision; clients must see the same (PROTOCOL §3.3). */
function numbersForBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
