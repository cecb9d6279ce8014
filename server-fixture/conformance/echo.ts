import { TitanError } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';

@Service('echo@1.0.0')
export class Echo {
  @Public()
  echo(value: unknown): unknown {
    return value;
  }

  @Public()
  typeOf(value: unknown): string {
    if (value === null) return 'null';
    if (value instanceof Error) return `Error:${value.name}`;
    if (value instanceof Uint8Array) return `Bytes${value.length}`;
    for (const type of [Date, Map, Set, RegExp]) if (value instanceof type) return type.name;
    return typeof value;
  }

  @Public()
  make(kind: unknown): unknown {
    const make = typeof kind === 'string' ? SAMPLES.get(kind) : undefined;
    return make === undefined ? kind : make();
  }

  @Public()
  fail(kind: unknown): never {
    const fail = typeof kind === 'string' ? FAILURES.get(kind) : undefined;
    throw fail === undefined ? new Error(String(kind)) : fail();
  }
}

class NotPlain {
  readonly field = 1;
}

/** One value of each kind that the wire carries or refuses. */
const SAMPLES: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['date', () => new Date(1_700_000_000_000)],
  [
    'map',
    () =>
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { deep: true }],
      ]),
  ],
  ['set', () => new Set([1, 'two', 3])],
  ['bigint', () => 12_345_678_901_234_567_890n],
  ['regexp', () => /ab+c/gi],
  ['bytes', () => Buffer.from([0, 1, 2, 253, 254, 255])],
  ['uint8', () => Uint8Array.of(1, 2, 3)],
  ['undefined', () => undefined],
  ['null', () => null],
  ['nested', nested],
  ['error', () => new TypeError('as value')],
  ['titanError', () => new TitanError(409, 'as value', { details: { a: 1 } })],
  ['negDate', () => new Date(-1000)],
  ['class', () => new NotPlain()],
]);

const FAILURES: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['plain', () => new Error('plain failure')],
  ['type', () => new TypeError('type failure')],
  ['titan', conflict],
  ['business', () => new TitanError(401, 'Session expired', { details: { errorCode: 'SESSION_EXPIRED' } })],
  ['rate', tooManyRequests],
  ['unavailable', () => new TitanError(503, 'down')],
  ['custom600', () => new TitanError(600, 'multi')],
  ['string', () => 'just a string'],
  ['cause', () => new TitanError(500, 'outer', { cause: new Error('inner') })],
  ['props', () => Object.assign(new Error('with props'), { code: 'E_CUSTOM', info: { a: 1 } })],
]);

function nested(): unknown {
  return {
    d: new Date(1_700_000_000_000),
    m: new Map([['k', new Set([1n])]]),
    l: [null, undefined, true, -1, 1.5, 2 ** 40],
  };
}

function conflict(): TitanError {
  const ids = { requestId: 'req-9', correlationId: 'cor-9' };
  return new TitanError(409, 'conflict!', { details: { field: 'x' }, ...ids });
}

function tooManyRequests(): TitanError {
  const fields = { retryAfter: 7 };
  return new TitanError(429, 'Too many requests', { name: 'RateLimitError', details: fields, extras: fields });
}
