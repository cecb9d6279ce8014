import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Packet, PacketCodec, PacketType } from '../packet.js';
import { TitanError } from '../titan-error.js';
import { CodecError } from './codec-error.js';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { Long } from './long.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';

interface Row {
  readonly kind: 'value' | 'packet';
  readonly name: string;
  readonly hex: string;
}

const rows = readFileSync(new URL('../vectors/hex-examples.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);

const DEFINITION_ID = '0190a000-0000-7000-8000-000000000001';
const AT = 1_700_000_000_000;
const withStack = <E extends Error>(error: E, stack: string): E => Object.assign(error, { stack });
const number = { type: 'Number' };
const definition = new ServiceDefinition(DEFINITION_ID, '', 'server-1', {
  name: 'calculator',
  version: '1.0.0',
  properties: { pi: { type: 'Number', readonly: true } },
  methods: {
    add: {
      type: 'Number',
      arguments: [
        { index: 0, ...number },
        { index: 1, ...number },
      ],
    },
  },
});

/** What each value row was made from, in the words of the file. */
const values = new Map<string, unknown>([
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['false', false],
  ['4294967296 (> uint32 -> float64)', 4294967296],
  ['-2147483649 (-> float64)', -2147483649],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['32-char str (str8)', 'a'.repeat(32)],
  ['[] ', []],
  ['16-array (array16) head', new Array(16).fill(0)],
  ['{a:1}', { a: 1 }],
  ['{a:undefined} (undefined kept)', { a: undefined }],
  ['Buffer 3 bytes (bin8)', new Uint8Array([1, 2, 3])],
  ['Object.create(null)', Object.assign(Object.create(null), { a: 1 })],
  ['ext 125 Date 1700000000000', new Date(AT)],
  ['ext 125 Date epoch 0', new Date(0)],
  ['ext 125 Invalid Date', new Date(Number.NaN)],
  ['ext 124 Map {a->1}', new Map([['a', 1]])],
  ['ext 124 Map empty', new Map()],
  ['ext 123 Set {1,"x"}', new Set([1, 'x'])],
  ['ext 121 RegExp /ab+/gi', /ab+/gi],
  ['ext 120 BigInt 12345678901234567890n', 12345678901234567890n],
  ['ext 120 BigInt -1n', -1n],
  ['ext 119 Long unsigned 1', new Long(1n, true)],
  ['ext 119 Long signed -1', new Long(-1n, false)],
  ['ext 126 Error("boom") stack="S"', withStack(new Error('boom'), 'S')],
  ['ext 126 TypeError with own code', Object.assign(withStack(new TypeError('bad'), 'S'), { code: 'E_X' })],
  ['ext 110 TitanError 404', new TitanError(404, 'nope', { details: { resource: 'User', id: 'u9' }, timestampMs: AT })],
  [
    'ext 110 TitanError with tracing + cause(Error)',
    new TitanError(500, 'outer', {
      timestampMs: AT,
      requestId: 'r1',
      correlationId: 'c1',
      spanId: 's1',
      traceId: 't1',
      cause: new Error('inner'),
    }),
  ],
  [
    'ext 110 RateLimitError retryAfter=7 (extras)',
    new TitanError(429, 'Too many requests', {
      name: 'RateLimitError',
      details: { retryAfter: 7 },
      timestampMs: AT,
      extras: { retryAfter: 7 },
    }),
  ],
  [
    'ext 110 ServiceNotFoundError (extras serviceId)',
    new TitanError(404, 'Service not found: x@1.0.0', {
      name: 'ServiceNotFoundError',
      timestampMs: AT,
      extras: { serviceId: 'x@1.0.0' },
    }),
  ],
  ['ext 109 Definition', definition],
  ['ext 108 Reference', new ServiceReference(DEFINITION_ID)],
  ['ext 107 StreamReference(5, writable, live, peer "c1")', new StreamReference(5, 'writable', true, 'c1')],
  ['ext 107 StreamReference(6, readable, not live, peer "c1")', new StreamReference(6, 'readable', false, 'c1')],
]);

/** Rows that upstream cannot encode: those we write as bytes (PROTOCOL §12.7), and those we refuse, saying where. */
const beyondUpstream = new Map<string, { value: unknown; hex?: string }>([
  ['Uint8Array (not Buffer)', { value: new Uint8Array([1, 2, 3]), hex: 'c403010203' }],
  ['ArrayBuffer', { value: new Uint8Array([1, 2, 3]).buffer, hex: 'c403010203' }],
  ['class instance', { value: new (class Point {})() }],
  ['function', { value: () => 1 }],
  ['symbol', { value: Symbol('s') }],
  ['ext 125 Date negative', { value: new Date(-1) }],
]);

const call = { impulse: true, error: false } as const;
const response = { impulse: false, error: false } as const;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function sourceOf(name: string): unknown {
  if (values.has(name)) return values.get(name);
  return JSON.parse(name);
}

describe('the 94 recorded rows', () => {
  const encoder = new Encoder();
  const decoder = new Decoder();
  const packets = new PacketCodec();

  it('are all there', () => {
    expect(rows).toHaveLength(94);
  });

  for (const row of rows.filter(({ kind }) => kind === 'value')) {
    const beyond = beyondUpstream.get(row.name);
    if (beyond !== undefined) {
      it(`value ${row.name}: ${beyond.hex === undefined ? 'refused with its path' : 'written as bytes'}`, () => {
        const { value, hex } = beyond;
        if (hex !== undefined) return expect(text(encoder.encode(value))).toBe(hex);
        expect(() => encoder.encode({ list: [1, value] })).toThrowError(
          expect.objectContaining({ name: 'CodecError', code: 'unsupported', path: '$.list[1]' }),
        );
        expect(text(encoder.encode([1, 2]))).toBe('920102');
      });
      continue;
    }
    it(`value ${row.name}: encodes`, () => {
      expect(text(encoder.encode(sourceOf(row.name === '-0' ? '-0' : row.name)))).toBe(row.hex);
    });
    it(`value ${row.name}: decodes, and encodes again to the same bytes`, () => {
      expect(text(encoder.encode(decoder.decode(bytes(row.hex))))).toBe(row.hex);
    });
  }

  for (const row of rows.filter(({ kind }) => kind === 'packet')) {
    it(`packet ${row.name}: decodes, and encodes again to the same bytes`, () => {
      expect(text(packets.encode(packets.decode(bytes(row.hex))))).toBe(row.hex);
    });
  }

  const packetOf = (name: string): Packet => {
    const row = rows.find((candidate) => candidate.name === name);
    return packets.decode(bytes(row?.hex ?? ''));
  };

  it('read as what they say', () => {
    expect(packetOf('CALL request id=4 calculator@1.0.0.add(2,3)')).toEqual({
      ...call,
      id: 4,
      type: PacketType.call,
      data: ['calculator@1.0.0', 'add', 2, 3],
    });
    expect(packetOf('CALL response id=4 -> undefined')).toEqual({
      ...response,
      id: 4,
      type: PacketType.call,
      data: undefined,
    });
    expect(packetOf('STREAM end not live carrying data')).toEqual({
      ...call,
      id: 24,
      type: PacketType.stream,
      data: 'z',
      streamId: 6,
      index: 1,
      endOfStream: true,
      live: false,
    });
    const failed = packetOf('CALL error response id=6 TitanError 404');
    expect(failed).toMatchObject({ id: 6, error: true, data: { code: 404, message: 'nope' } });
    expect(failed.data).toBeInstanceOf(TitanError);
    expect(packetOf('CALL error response id=7 plain Error').data).toEqual(new Error('boom'));
  });

  it('keep the remote stack apart from the local one', () => {
    const error = packetOf('CALL error response id=7 plain Error').data as Error & { remoteStack: string };
    expect(error.remoteStack).toBe('S');
    expect(error.stack).not.toBe('S');
    expect(Object.keys(error)).toEqual([]);
  });

  it('name the path of what is refused, whatever was written before', () => {
    const one = new Encoder();
    one.encode({ a: { b: 1 } });
    const refused = (value: unknown): unknown => {
      try {
        return one.encode(value);
      } catch (error) {
        return (error as CodecError).path;
      }
    };
    expect(refused(new (class Point {})())).toBe('$');
    expect(refused({ x: [new (class Point {})()] })).toBe('$.x[0]');
    expect(refused({ d: new Date(-1) })).toBe('$.d');
    expect(refused(new Date(-1))).toBe('$');
    expect(refused({ m: new Map([['k', Symbol('s')]]) })).toBe('$.m[0]');
  });

  it('survive every truncation with a typed error, and the codec reads on', () => {
    const good = bytes('000000040305');
    for (const row of rows) {
      if (row.hex.startsWith('THROWS')) continue;
      const whole = bytes(row.kind === 'packet' ? row.hex : `0000000403${row.hex}`);
      for (let length = 0; length < whole.length; length++) {
        let thrown: unknown;
        try {
          packets.decode(whole.subarray(0, length));
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(CodecError);
        expect(packets.decode(good).data).toBe(5);
      }
    }
  });

  it('survive every flipped bit with a value or a typed error, and the codec reads on', () => {
    const good = bytes('000000040305');
    for (const row of rows) {
      if (row.hex.startsWith('THROWS')) continue;
      const whole = bytes(row.kind === 'packet' ? row.hex : `0000000403${row.hex}`);
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = whole.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        try {
          packets.decode(flipped);
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
        }
      }
      expect(packets.decode(good).data).toBe(5);
    }
  });
});
