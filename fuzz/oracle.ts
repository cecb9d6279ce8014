import type { Finding } from './finding.ts';
import { sameValue } from './same-value.ts';
import { Stopwatch } from './stopwatch.ts';
import type * as Target from './target.ts';

type Outcome = { readonly value: unknown } | { readonly error: unknown };

const CODES: ReadonlySet<unknown> = new Set(['malformed', 'truncated', 'too-large', 'too-deep', 'unsupported']);
/** Decoded after every refusal: a list, a map, text and an ext, at three depths. */
const GOOD_VALUE = { good: [1, 'text', new Date(1), new Set([true])] };
const PROTOTYPES = [Object.prototype, Array.prototype, Error.prototype, Function.prototype, Map.prototype] as const;

const attempt = (run: () => unknown): Outcome => {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
};

/** Knows what must hold for any input whatever. One codec serves all inputs, so that what one leaves behind is seen. */
export class Oracle {
  readonly #target: typeof Target;
  readonly #decoder: Target.Decoder;
  readonly #encoder: Target.Encoder;
  readonly #packets: Target.PacketCodec;
  readonly #good: Uint8Array;
  readonly #stopwatch = new Stopwatch();
  readonly #prototypes = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

  constructor(target: typeof Target) {
    this.#target = target;
    this.#decoder = new target.Decoder();
    this.#encoder = new target.Encoder();
    this.#packets = new target.PacketCodec();
    this.#good = this.#encoder.encode(GOOD_VALUE);
  }

  /** `thorough`: measures allocations even of a fast input. */
  checkMessage(bytes: Uint8Array, thorough = false): Finding | undefined {
    return (
      this.#codec('decode', bytes, thorough, {
        decode: (message) => this.#decoder.decode(message),
        encode: (value) => this.#encoder.encode(value),
      }) ??
      this.#codec('packet', bytes, thorough, {
        decode: (message) => this.#packets.decode(message),
        encode: (value) => this.#packets.encode(value as Target.Packet),
      }) ??
      this.#neverThrows('peekResponseId', () => this.#target.peekResponseId(bytes), bytes.length) ??
      this.#prototypesUnchanged()
    );
  }

  checkEnvelope(body: unknown): Finding | undefined {
    const { parseInvokeRequest, parseInvokeResponse, parseBatchResponse } = this.#target;
    const size = JSON.stringify(body)?.length ?? 0;
    return (
      this.#neverThrows('parseInvokeRequest', () => parseInvokeRequest(body), size) ??
      this.#neverThrows('parseInvokeResponse', () => assertResponse(parseInvokeResponse(body)), size) ??
      this.#neverThrows('parseBatchResponse', () => assertReplies(parseBatchResponse(body)), size) ??
      this.#prototypesUnchanged()
    );
  }

  #codec(
    name: string,
    bytes: Uint8Array,
    thorough: boolean,
    { decode, encode }: { decode(bytes: Uint8Array): unknown; encode(value: unknown): Uint8Array },
  ): Finding | undefined {
    const startedMs = performance.now();
    const outcome = attempt(() => decode(bytes));
    const tookMs = performance.now() - startedMs;
    const cost = this.#stopwatch.judge(() => attempt(() => decode(bytes)), tookMs, bytes.length, thorough);
    if (cost !== undefined) return { rule: `${name} is cheap`, reason: cost };
    if ('error' in outcome) {
      const { error } = outcome;
      const isTyped = error instanceof this.#target.CodecError && CODES.has(error.code);
      if (!isTyped) return { rule: `${name} throws typed errors only`, reason: describe(error) };
      return this.#worksOn(name);
    }
    const encoded = attempt(() => encode(outcome.value));
    if ('error' in encoded) return { rule: `${name}: what was read can be written`, reason: describe(encoded.error) };
    const again = attempt(() => decode(encoded.value as Uint8Array));
    if ('error' in again) return { rule: `${name}: what was written can be read`, reason: describe(again.error) };
    if (sameValue(outcome.value, again.value, this.#target)) return undefined;
    return { rule: `${name}: comes back as it was`, reason: 'another value came back' };
  }

  #worksOn(name: string): Finding | undefined {
    const outcome = attempt(() => this.#decoder.decode(this.#good));
    if ('value' in outcome && sameValue(GOOD_VALUE, outcome.value, this.#target)) return undefined;
    const reason = 'error' in outcome ? describe(outcome.error) : 'another value was read';
    return { rule: `${name}: a good message is read after a bad one`, reason };
  }

  #neverThrows(name: string, run: () => unknown, sizeBytes: number): Finding | undefined {
    const startedMs = performance.now();
    const outcome = attempt(run);
    const tookMs = performance.now() - startedMs;
    if ('error' in outcome) return { rule: `${name} never throws`, reason: describe(outcome.error) };
    const cost = this.#stopwatch.judge(run, tookMs, sizeBytes);
    return cost === undefined ? undefined : { rule: `${name} is cheap`, reason: cost };
  }

  #prototypesUnchanged(): Finding | undefined {
    const changed = PROTOTYPES.find((prototype, i) => Reflect.ownKeys(prototype).length !== this.#prototypes[i]);
    if (changed === undefined) return undefined;
    return { rule: 'prototypes stay as they are', reason: `${Reflect.ownKeys(changed).map(String)}` };
  }
}

/** What the types promise of a parsed body. */
function assertResponse(response: Target.InvokeResponse | undefined): void {
  if (response === undefined) return;
  if (typeof response.id !== 'string') throw new TypeError('id is no string');
  if (!response.ok) return assertError(response.error);
  const { maxAgeMs, tags } = response.cache ?? {};
  if (maxAgeMs !== undefined && !(maxAgeMs >= 0)) throw new TypeError('maxAgeMs is no duration');
  if (tags?.some((tag) => typeof tag !== 'string')) throw new TypeError('a tag is no string');
}

function assertReplies(replies: ReturnType<typeof Target.parseBatchResponse>): void {
  for (const [id, reply] of replies ?? []) {
    if (typeof id !== 'string') throw new TypeError('id is no string');
    if (!reply.ok) assertError(reply.error);
  }
}

function assertError({ code, message, details }: Target.InvokeError): void {
  if (typeof code !== 'string' || typeof message !== 'string') throw new TypeError('code or message is no string');
  if (typeof details !== 'object' || details === null) throw new TypeError('details are no object');
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `threw ${typeof error}`;
}
