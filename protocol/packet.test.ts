import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from './codec/codec-error.js';
import { MAX_DEPTH } from './limits.js';
import {
  asResponse,
  isUnassigned,
  nextPacketId,
  type Packet,
  PacketCodec,
  PacketType,
  peekResponseId,
} from './packet.js';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const good = bytes('000000040305');

describe('PacketCodec', () => {
  const codec = new PacketCodec();
  const ids = fc.integer({ min: 1, max: 0xffffffff });
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const { stream, ...types } = PacketType;
  const data = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

  it('reads back every packet it writes', () => {
    const message = fc.record({
      id: ids,
      type: fc.constantFrom(...Object.values(types)),
      impulse: fc.boolean(),
      error: fc.boolean(),
      data,
    });
    const chunk = fc.record({
      id: ids,
      type: fc.constant(stream),
      impulse: fc.boolean(),
      error: fc.boolean(),
      data,
      streamId: u32,
      index: u32,
      endOfStream: fc.boolean(),
      live: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.oneof(message, chunk), (packet: Packet) => {
        expect(codec.decode(codec.encode(packet))).toEqual(packet);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['nothing', ''],
    ['a cut id', '000000'],
    ['an id alone', '00000004'],
    ['a head alone', '0000000403'],
    ...Array.from({ length: 8 }, (_, i) => [`the unassigned type ${i + 8}`, `0000000${4}0${(i + 8).toString(16)}05`]),
    ['an unassigned type with flags', '00000004fe05'],
    ['a byte behind', '00000004030500'],
    ['a second packet behind', '000000040305000000040305'],
    ['an assigned type with a reserved byte', '0000000403c1'],
    ['map32', '0000000403df00000000'],
    ['a stream without its tail', '000000040505'],
    ['a stream with half a tail', '00000004050500000001'],
    ['a byte behind the tail of a stream', '0000000405050000000100000002ff'],
    ['a handshake', Buffer.from('{"type":"id","id":"s"}').toString('hex')],
  ])('refuses %s with a typed error, and reads on', (_, hex) => {
    expect(() => codec.decode(bytes(hex))).toThrowError(CodecError);
    expect(codec.decode(good)).toEqual({ id: 4, type: PacketType.call, impulse: false, error: false, data: 5 });
  });

  it('takes a map for the body', () => {
    expect(codec.decode(bytes('000000040381a16105'))).toMatchObject({ type: PacketType.call, data: { a: 5 } });
  });

  it('ignores the flags of streams on other packets', () => {
    expect(codec.decode(bytes('000000043305'))).toEqual({
      id: 4,
      type: PacketType.call,
      impulse: false,
      error: false,
      data: 5,
    });
  });

  it('reads a part of a larger buffer', () => {
    const buffer = bytes(`ffff${Buffer.from(good).toString('hex')}ffff`);
    expect(codec.decode(buffer.subarray(2, -2)).data).toBe(5);
    expect(peekResponseId(buffer.subarray(2, -2))).toBe(4);
  });

  it('writes on after data that cannot be written', () => {
    const packet = { id: 1, type: PacketType.call, impulse: true, error: false } as const;
    for (const data of [() => 1, Symbol('s'), new (class Point {})()]) {
      expect(() => codec.encode({ ...packet, data })).toThrowError(CodecError);
      expect(codec.decode(codec.encode({ ...packet, data: 5 })).data).toBe(5);
    }
  });
});

describe('a request of names and arguments', () => {
  const codec = new PacketCodec();

  it('is the packet whose data is the list of both', () => {
    const names = fc.array(fc.string(), { maxLength: 3 });
    const args = fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 20 });
    fc.assert(
      fc.property(names, args, (first, others) => {
        const packet = {
          id: 9,
          type: PacketType.task,
          impulse: true,
          error: false,
          data: [...first, ...others],
        } as const;
        expect(codec.encodeRequest(9, PacketType.task, first, others)).toEqual(codec.encode(packet));
      }),
      { numRuns: 200 },
    );
  });

  it('names what cannot be written by its place among the arguments', () => {
    const refusal = (args: readonly unknown[]): unknown => {
      try {
        return codec.encodeRequest(1, PacketType.call, ['a', 'b'], args);
      } catch (error) {
        return error;
      }
    };
    expect(refusal([1, () => 1])).toMatchObject({ code: 'unsupported', path: '$[1]' });
    expect(refusal([{ a: [new Date(-1)] }])).toMatchObject({ code: 'unsupported', path: '$[0].a[0]' });
    expect(codec.decode(codec.encodeRequest(1, PacketType.call, ['a', 'b'], [1])).data).toEqual(['a', 'b', 1]);
  });

  it('is as deep as its arguments and one level more', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const deepest = codec.encodeRequest(1, PacketType.call, [], [nested(MAX_DEPTH - 1)]);
    expect(codec.decode(deepest).data).toEqual(nested(MAX_DEPTH));
    expect(() => codec.encodeRequest(1, PacketType.call, [], [nested(MAX_DEPTH)])).toThrowError(CodecError);
  });
});

describe('peekResponseId', () => {
  it.each([
    ['a response', '000000040305', 4],
    ['a response that does not decode', 'ffffffff03c1', 0xffffffff],
    ['a head alone', '0000000403', 4],
    ['a request', '000000044305', undefined],
    ['too few bytes', '00000004', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, hex, id) => expect(peekResponseId(bytes(hex))).toBe(id));
});

describe('isUnassigned', () => {
  it.each([
    ['every type that means something', [...Array(8).keys()].map((type) => bytes(`00000004c${type}`)), false],
    ['every other type', [...Array(8).keys()].map((i) => bytes(`000000047${(i + 8).toString(16)}05`)), true],
    ['too few bytes', [bytes(''), bytes('00000004')], false],
  ])('%s', (_, messages, unassigned) => {
    for (const message of messages) expect(isUnassigned(message)).toBe(unassigned);
  });
});

describe('asResponse', () => {
  it('keeps everything but the direction', () => {
    expect(asResponse(bytes('0000000440ca3fc00000') as Uint8Array<ArrayBuffer>)).toEqual(bytes('0000000400ca3fc00000'));
  });
});

describe('nextPacketId', () => {
  it.each([
    [0, 1],
    [1, 2],
    [0xfffffffe, 0xffffffff],
    [0xffffffff, 1],
  ])('after %d comes %d', (id, next) => expect(nextPacketId(id)).toBe(next));
});
