import { isDeepStrictEqual } from 'node:util';
import { decode as peerDecode, encode as peerEncode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, MAX_MAP_KEYS, MAX_PACKET_BYTES } from '../limits.js';
import { TitanError } from '../titan-error.js';
import { CodecError, type CodecErrorCode } from './codec-error.js';
import { Decoder } from './decoder.js';
import { Encoder, remoteStackOf } from './encoder.js';
import { Long } from './long.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';

const encoder = new Encoder();
const decoder = new Decoder();
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const again = (value: unknown): unknown => decoder.decode(encoder.encode(value));

function refusal(run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** As `toEqual`, which takes ten times as long for a large value. */
function expectSame(value: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(value, expected)) expect(value).toEqual(expected);
}

/** The same codec still works. */
function worksOn(): void {
  expect(again({ a: [1, 'x', null] })).toEqual({ a: [1, 'x', null] });
  expect(encoder.encode([1])).toEqual(bytes('9101'));
}

function nested(levels: number, wrap: (inner: unknown) => unknown, core: unknown = 1): unknown {
  let value = core;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

/** Plain values as both sides know them; a zero has no sign on our wire. */
const plain = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(
        null,
        true,
        false,
        '',
        0,
        -1,
        -32,
        -33,
        -128,
        -129,
        -32_768,
        -32_769,
        -2_147_483_648,
        -2_147_483_649,
      ),
      fc.constantFrom(127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 2 ** 53 - 1, 1e300, 0.1),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }).map((n) => n + 0),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 20 }),
      fc.dictionary(fc.string({ maxLength: 40 }), tie('value'), { maxKeys: 20, noNullPrototype: true }),
    ),
  }))
  .value.filter((value) => !JSON.stringify(value)?.includes('__proto__'));

describe('plain values', () => {
  const withPlusZero = (value: unknown): unknown => (Object.is(value, -0) ? 0 : value);

  it('are read by another implementation as what they were', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(peerDecode(encoder.encode(value))).toEqual(withPlusZero(value));
      }),
      { numRuns: 500 },
    );
  });

  it('are read here as another implementation wrote them', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decoder.decode(peerEncode(value))).toEqual(withPlusZero(value));
      }),
      { numRuns: 500 },
    );
  });

  it.each([15, 16, 255, 256, 65_535, 65_536, 70_000])('of size %d are read by both', (size) => {
    const values = ['x'.repeat(size), 'ü'.repeat(size), new Uint8Array(size), new Array(size).fill(7)];
    for (const value of values) {
      expectSame(peerDecode(encoder.encode(value)), value);
      expectSame(decoder.decode(peerEncode(value)), value);
    }
  });

  it.each([0, 1, 30, 31, 32, 40, 41, 254, 255, 256, 65_535, 65_536])(
    'texts of %d characters of any width come back',
    (length) => {
      for (const unit of ['a', 'é', '日', '😀', '\u0000', '\ufeff']) {
        const text = unit.repeat(length);
        expect(again(text)).toBe(text);
        expect(again(`${text}é`)).toBe(`${text}é`);
      }
    },
  );

  it('replace lone surrogates', () => {
    expect(again('a\ud800b\udc00')).toBe('a\ufffdb\ufffd');
  });

  it('keep integers that a number holds as numbers, and the others as bigints', () => {
    expect(decoder.decode(bytes('cf 001fffffffffffff'))).toBe(Number.MAX_SAFE_INTEGER);
    expect(decoder.decode(bytes('cf 0020000000000001'))).toBe(2n ** 53n + 1n);
    expect(decoder.decode(bytes('d3 ffffffffffffffff'))).toBe(-1);
    expect(decoder.decode(bytes('d3 8000000000000000'))).toBe(-(2n ** 63n));
  });
});

describe('rich values', () => {
  const rich = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(undefined, null, true, Number.NaN, Number.NEGATIVE_INFINITY, 'x', /ab+/gi),
      fc.bigInt(),
      fc.integer(),
      fc.date({ min: new Date(0), noInvalidDate: true }),
      fc.uint8Array({ maxLength: 20 }),
      fc.tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map(([n]) => new Long(n, false)),
      fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map(([n]) => new Long(n, true)),
      fc
        .tuple(fc.nat(), fc.constantFrom('readable' as const, 'writable' as const), fc.boolean(), fc.string())
        .map((args) => new StreamReference(...args)),
      fc.string().map((id) => new ServiceReference(id)),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.array(tie('value'), { maxLength: 5 }).map((items) => new Set(items)),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
      fc.dictionary(fc.string({ maxLength: 9 }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
    ),
  })).value;

  it('come back as what they were', () => {
    fc.assert(
      fc.property(rich, (value) => {
        expect(again(value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('write the same bytes again', () => {
    fc.assert(
      fc.property(rich, (value) => {
        const once = encoder.encode(value);
        expect(hex(encoder.encode(decoder.decode(once)))).toBe(hex(once));
      }),
      { numRuns: 200 },
    );
  });

  it('hold all fields of an error, nested causes too', () => {
    const error = new TitanError(429, 'slow down', {
      name: 'RateLimitError',
      details: { retryAfter: 7 },
      context: { at: 'edge' },
      timestampMs: 5.5,
      requestId: 'r',
      traceId: 't',
      cause: new TitanError(500, 'inner', { cause: new TypeError('root') }),
      extras: { retryAfter: 7 },
    });
    const back = again(error) as TitanError;
    expect(back).toMatchObject({ code: 429, message: 'slow down', name: 'RateLimitError', details: { retryAfter: 7 } });
    expect(back).toMatchObject({
      context: { at: 'edge' },
      timestampMs: 5.5,
      requestId: 'r',
      spanId: undefined,
      traceId: 't',
    });
    expect(back.cause).toBeInstanceOf(TitanError);
    expect((back.cause as Error).cause).toMatchObject({ name: 'TypeError', message: 'root' });
  });

  it.each([
    ['a RangeError', new RangeError('far'), RangeError],
    ['a URIError', new URIError('bad'), URIError],
    ['an error of a class that the wire does not know', new (class Odd extends Error {})('odd'), Error],
    ['a renamed error', Object.assign(new Error('x'), { name: 'Odd' }), Error],
  ])('hold %s', (_, error, made) => {
    const back = again(error) as Error;
    expect(back).toBeInstanceOf(made);
    expect([back.message, back.name]).toEqual([error.message, error.name]);
    expect(remoteStackOf(back)).toBe(error.stack);
    expect(back.stack).not.toBe(error.stack);
  });

  it('hold a definition', () => {
    const definition = new ServiceDefinition('d', '', 'p', { methods: {} });
    expect(again(definition)).toEqual(definition);
  });
});

describe('foreign keys', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    '%s becomes an own property and changes no prototype',
    (key) => {
      const before = Object.getOwnPropertyNames(Object.prototype);
      const message = Buffer.concat([
        bytes('82'),
        encoder.encode(key),
        encoder.encode({ polluted: true }),
        encoder.encode('b'),
        bytes('01'),
      ]);
      const value = decoder.decode(message) as Record<string, unknown>;
      expect(Object.keys(value)).toEqual([key, 'b']);
      expect(Object.getOwnPropertyDescriptor(value, key)?.value).toEqual({ polluted: true });
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
      expect(hex(encoder.encode(value))).toBe(hex(message));
    },
  );

  it('of an error go through no setter', () => {
    const wire = new Error('m');
    for (const key of ['__proto__', 'constructor', 'toString', 'x']) {
      Object.defineProperty(wire, key, { value: { polluted: true }, enumerable: true });
    }
    const back = again(wire) as Error;
    expect(Object.getPrototypeOf(back)).toBe(Error.prototype);
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor', 'toString', 'x']);
  });

  it('of a cause that came as a map are not trusted to be texts', () => {
    const toWire = (cause: unknown): Uint8Array => encoder.encode(new TitanError(500, 'm', { cause, timestampMs: 0 }));
    for (const message of [{ toString: 1, valueOf: 1 }, null, 5, [], undefined]) {
      const back = decoder.decode(toWire({ __errorType: 'Error', message, name: message, stack: message })) as Error;
      expect(back.cause).toBeInstanceOf(Error);
      expect([(back.cause as Error).message, (back.cause as Error).name]).toEqual(['', 'Error']);
    }
    worksOn();
  });
});

describe('depth', () => {
  const wraps: readonly (readonly [string, (inner: unknown) => unknown, string])[] = [
    ['lists', (inner) => [inner], '91'],
    ['objects', (inner) => ({ a: inner }), '81a161'],
    ['sets', (inner) => new Set([inner]), ''],
    ['maps', (inner) => new Map([[1, inner]]), ''],
    ['map keys', (inner) => new Map([[inner, 1]]), ''],
  ];

  it.each(wraps)(`of ${MAX_DEPTH} %s goes both ways, one more neither`, (_, wrap, head) => {
    const deepest = nested(MAX_DEPTH, wrap);
    expect(again(deepest)).toEqual(deepest);
    expect(refusal(() => encoder.encode(nested(MAX_DEPTH + 1, wrap))).code).toBe('too-deep');
    worksOn();
    if (head !== '') {
      expect(decoder.decode(bytes(`${head.repeat(MAX_DEPTH)}01`))).toEqual(deepest);
      expect(refusal(() => decoder.decode(bytes(`${head.repeat(MAX_DEPTH + 1)}01`))).code).toBe('too-deep');
      worksOn();
    }
  });

  it('of a cycle ends', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(refusal(() => encoder.encode(cycle))).toMatchObject({
      code: 'too-deep',
      path: expect.stringMatching(/^\$(\.self){64}$/),
    });
    worksOn();
  });

  it('of five million levels is refused at once', () => {
    for (const byte of [0x91, 0x81, 0xdc]) {
      expect(refusal(() => decoder.decode(new Uint8Array(5_000_000).fill(byte)))).toBeInstanceOf(CodecError);
      worksOn();
    }
  });

  it('counts nested ext types of every kind', () => {
    // ext8 of type set (123) inside ext8: a count of 1, then the next.
    let inner = bytes('01');
    for (let i = 0; i < MAX_DEPTH + 1; i++) {
      const head =
        inner.length + 4 < 256 ? [0xc7, inner.length + 4] : [0xc8, (inner.length + 4) >> 8, (inner.length + 4) & 255];
      inner = new Uint8Array([...head, 123, 0, 0, 0, 1, ...inner]);
    }
    expect(refusal(() => decoder.decode(inner)).code).toBe('too-deep');
    worksOn();
  });
});

describe('size', () => {
  it('of a map may be 65,535 keys and no more', () => {
    const map = Object.fromEntries(Array.from({ length: MAX_MAP_KEYS }, (_, i) => [`k${i}`, i]));
    expect(Object.keys(again(map) as object)).toHaveLength(MAX_MAP_KEYS);
    expect(refusal(() => encoder.encode({ map: { ...map, more: 1 } }))).toMatchObject({
      code: 'too-large',
      path: '$.map',
    });
    worksOn();
  });

  it.each([
    ['array16', 'dc ffff'],
    ['array32', 'dd ffffffff'],
    ['array32 with a little', 'dd 7fffffff 01 02 03'],
    ['map16', 'de ffff'],
    ['map32', 'df ffffffff'],
    ['str8', 'd9 ff'],
    ['str16', 'da ffff 61'],
    ['str32', 'db ffffffff'],
    ['bin8', 'c4 ff'],
    ['bin16', 'c5 ffff'],
    ['bin32', 'c6 ffffffff 00'],
    ['ext8', 'c7 ff 7b'],
    ['ext16', 'c8 ffff 7b 00'],
    ['ext32', 'c9 ffffffff 7b 00000001'],
    ['ext32 of an unknown type', 'c9 ffffffff 01'],
    ['a set of four thousand million', 'c7 04 7b ffffffff'],
    ['a map of four thousand million', 'c7 04 7c ffffffff'],
    ['a set beyond its ext', 'c7 05 7b 00000002 01 01 01 01'],
    ['arrays in arrays', 'dd ffffffff'.repeat(60)],
  ])('that is only declared is refused at once: %s', (_, text) => {
    const startedMs = performance.now();
    const error = refusal(() => decoder.decode(bytes(text)));
    expect(performance.now() - startedMs).toBeLessThan(300);
    expect(['truncated', 'malformed']).toContain(error.code);
    worksOn();
  });

  it('declared by many arrays inside each other is not allocated for each of them', () => {
    const bomb = new Uint8Array(4_000_000);
    const view = new DataView(bomb.buffer);
    for (let depth = 0; depth < MAX_DEPTH - 1; depth++) {
      bomb[depth * 5] = 0xdd;
      view.setUint32(depth * 5 + 1, bomb.length - depth * 5 - 5);
    }
    const before = process.memoryUsage().heapUsed;
    const startedMs = performance.now();
    expect(refusal(() => decoder.decode(bomb)).code).toBe('truncated');
    expect(performance.now() - startedMs).toBeLessThan(500);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(bomb.length * 64);
    worksOn();
  });

  it('of many small arrays is no obstacle', () => {
    const list = Array.from({ length: 50_000 }, () => [[], [1], { a: [] }]);
    expectSame(again(list), list);
  });

  it('of a message is bounded both ways', () => {
    expect(refusal(() => decoder.decode(new Uint8Array(MAX_PACKET_BYTES + 1))).code).toBe('too-large');
    expect(refusal(() => encoder.encode(new Uint8Array(MAX_PACKET_BYTES))).code).toBe('too-large');
    expect(refusal(() => encoder.encode('x'.repeat(MAX_PACKET_BYTES * 4))).code).toBe('too-large');
    worksOn();
    expect(encoder.encode(new Uint8Array(MAX_PACKET_BYTES - 5))).toHaveLength(MAX_PACKET_BYTES);
  });

  it('of a bigint is bounded where it is read', () => {
    const wire = (digits: string): Uint8Array => {
      const text = encoder.encode(digits);
      return new Uint8Array([0xc8, text.length >> 8, text.length & 255, 120, ...text]);
    };
    expect(decoder.decode(wire('9'.repeat(10_000)))).toBe(BigInt('9'.repeat(10_000)));
    expect(refusal(() => decoder.decode(wire('9'.repeat(20_000)))).code).toBe('too-large');
    for (const digits of ['', '-', '1.5', '0x10', '1e3', ' 1', '1n', '--1', '１']) {
      expect(refusal(() => decoder.decode(wire(digits))).code, digits).toBe('malformed');
    }
    worksOn();
  });
});

describe('what is malformed', () => {
  it.each<[string, string, CodecErrorCode]>([
    ['nothing', '', 'truncated'],
    ['the byte that stands for nothing', 'c1', 'malformed'],
    ['map32', 'df 00000000', 'malformed'],
    ['a byte behind', '01 02', 'malformed'],
    ['a key that is a number', '81 01 02', 'malformed'],
    ['a key that is nothing', '81 c0 02', 'malformed'],
    ['a key that is an ext', '81 d40000 02', 'malformed'],
    ['text that is not UTF-8', 'a2 c328', 'malformed'],
    ['text cut inside a character', 'a1 c3', 'malformed'],
    ['long text that is not UTF-8', `d920 ${'61'.repeat(31)}ff`, 'malformed'],
    ['an unknown ext', 'd4 05 00', 'malformed'],
    ['an ext of negative type', 'd4 ff 00', 'malformed'],
    ['undefined of two bytes', 'd5 00 0000', 'malformed'],
    ['a date of four bytes', 'd6 7d 00000000', 'truncated'],
    ['a RegExp that does not compile', 'c7 03 79 a1 28 a0', 'malformed'],
    ['a RegExp of unknown flags', 'c7 04 79 a1 61 a1 7a', 'malformed'],
    ['a RegExp of numbers', 'd5 79 01 02', 'malformed'],
    ['a set with a byte too many', 'c7 06 7b 00000001 01 01', 'malformed'],
    ['a stream reference without number', 'c7 05 6b a1 78 00 00 a0', 'malformed'],
    ['a definition whose meta is a list', 'd6 6d a0 a0 a0 90', 'malformed'],
    ['a Titan error whose code is a text', 'c7 03 6e a0 a0 a0', 'malformed'],
    ['an error whose name is a number', 'c7 05 7e 0001 01 a0 a0', 'malformed'],
  ])('%s', (_, text, code) => {
    expect(refusal(() => decoder.decode(bytes(text)))).toMatchObject({ name: 'CodecError', code });
    worksOn();
  });

  it('never surprises: any bytes are a value or a typed error, soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        const startedMs = performance.now();
        try {
          decoder.decode(message);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
        expect(performance.now() - startedMs).toBeLessThan(300);
      }),
      { numRuns: 3_000 },
    );
    worksOn();
  });
});

describe('what cannot be written', () => {
  it.each([
    ['a function', () => 1, 'function'],
    ['a symbol', Symbol('s'), 'symbol'],
    ['a class instance', new (class Point {})(), 'object'],
    ['a promise', Promise.resolve(1), 'object'],
    ['a WeakMap', new WeakMap(), 'object'],
    ['a date before 1970', new Date(-1), 'a date before 1970'],
  ])('is refused with its place: %s', (_, value, what) => {
    const error = refusal(() => encoder.encode({ 'a b': [0, { c: value }] }));
    expect(error).toMatchObject({ code: 'unsupported', path: '$["a b"][1].c' });
    expect(error.message).toContain(what);
    worksOn();
  });
});
