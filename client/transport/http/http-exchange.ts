import { isRetryableCode } from '../../../protocol/error-code.js';
import type { TapCall } from '../../../protocol/index.js';
import { MAX_PACKET_BYTES } from '../../../protocol/limits.js';
import { callError } from '../../call/call-error.js';
import type { Cancellation } from '../../call/cancellation.js';
import { messageOf } from '../../call/message-of.js';
import type { NetronError } from '../../netron-error.js';
import { shown } from '../../option-error.js';
import type { Runtime } from '../../runtime.js';
import { type BodyText, readBody } from './response-body.js';

export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  readonly sizeBytes: number;
  /** Undefined where there is none, or where the CORS of another origin hides it. */
  header(name: string): string | undefined;
  /** Parsed JSON; undefined where it is none. */
  readonly body: unknown;
  /** Why it is none. */
  readonly failure: unknown;
}

/** One POST to one path of a backend: JSON out, JSON in, within the limits of the wire. */
export class HttpExchange {
  readonly #base: string;
  readonly #runtime: Runtime;
  /** Of another origin too. */
  readonly #withCookies: boolean;
  readonly #encoder = new TextEncoder();

  constructor(url: string, runtime: Runtime, withCookies: boolean) {
    this.#base = url.replace(/\/+$/, '');
    this.#runtime = runtime;
    this.#withCookies = withCookies;
  }

  /** Whether headers beyond the CORS-safe ones may be sent. */
  get sameOrigin(): boolean {
    return this.#runtime.origin === new URL(this.#base).origin;
  }

  /** As JSON. @throws NetronError `invalid-argument` where it cannot be written. */
  write(value: unknown, call: TapCall): string {
    try {
      return JSON.stringify(value);
    } catch (error) {
      throw callError('invalid-argument', `the arguments cannot be written as JSON: ${shown(error)}`, call, error);
    }
  }

  /** @throws NetronError `too-large`. */
  encode(text: string, call: TapCall): Uint8Array<ArrayBuffer> {
    const body = this.#encoder.encode(text);
    if (body.length > MAX_PACKET_BYTES) throw tooLarge(`a request of ${body.length} bytes`, call);
    return body;
  }

  async post(
    path: string,
    body: Uint8Array<ArrayBuffer>,
    headers: Headers,
    cancellation: Cancellation,
    call: TapCall,
  ): Promise<HttpAnswer> {
    cancellation.check(call);
    const url = this.#base + path;
    const controller = new AbortController();
    cancellation.onCancel = () => controller.abort();
    const init: RequestInit = { method: 'POST', headers, body, signal: controller.signal };
    if (this.#withCookies) init.credentials = 'include';
    let response: Response;
    let read: BodyText | undefined;
    try {
      response = await this.#runtime.fetch(url, init);
      read = await readBody(response, MAX_PACKET_BYTES);
    } catch (error) {
      throw callError('network', `cannot reach ${url}: ${messageOf(error)}`, call, error);
    }
    if (read === undefined) throw tooLarge('an answer over the limit', call);
    const { status, headers: answered } = response;
    let parsed: unknown;
    let failure: unknown;
    try {
      parsed = JSON.parse(read.text);
    } catch (error) {
      failure = error;
    }
    const header = (name: string): string | undefined => answered.get(name) ?? undefined;
    return { url, status, sizeBytes: read.sizeBytes, header, body: parsed, failure };
  }
}

/** For an answer that is not what was agreed, such as the page of a gateway whose server is away. */
export function foreign(answer: HttpAnswer, call: TapCall): NetronError {
  const { url, status, failure } = answer;
  const reason = `${url} answered ${status} with ${answer.header('content-type') ?? 'no content type'} that is no Netron envelope`;
  const fields = { status, retryAfterMs: retryAfterMs(answer), retryable: isRetryableCode(status) };
  return callError('protocol', reason, call, failure, fields);
}

/** How long the server asked to wait: in seconds in this contract (PROTOCOL §3.4), never until a date. */
export function retryAfterMs(answer: HttpAnswer): number | undefined {
  const seconds = answer.header('retry-after') ?? '';
  return /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

function tooLarge(what: string, call: TapCall): NetronError {
  return callError('too-large', `${what}: at most ${MAX_PACKET_BYTES} bytes are allowed`, call);
}
