import { describe, expect, it } from 'vitest';
import { PacketCodec, PacketType } from '../packet.js';
import { CodecError } from './codec-error.js';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';

const decoder = new Decoder();
const packetOf = (data: unknown) => ({ id: 1, type: PacketType.call, impulse: true, error: false, data }) as const;

describe('messages that were written', () => {
  it('stay as they are, however many follow, of whatever size', () => {
    const codec = new PacketCodec();
    const values = Array.from({ length: 600 }, (_, i) => ({ i, text: 'x'.repeat((i * 37) % 900), big: i % 97 }));
    const large = ['y'.repeat(20_000), new Uint8Array(70_000).fill(7), 'é'.repeat(40_000), [new Uint8Array(33_000)]];
    const all = [...values.slice(0, 300), ...large, ...values.slice(300), ...large];
    const messages = all.map((data) => codec.encode(packetOf(data)));
    expect(messages.map((message) => codec.decode(message).data)).toEqual(all);
  });

  it('of an encoder have memory of their own', () => {
    const encoder = new Encoder();
    for (const value of [1, 'text', new Uint8Array(100_000)]) {
      const message = encoder.encode(value);
      expect(message.buffer.byteLength).toBe(message.length);
    }
  });

  it('do not hold the memory that a large one before them needed', () => {
    const codec = new PacketCodec();
    codec.encode(packetOf(new Uint8Array(1_000_000)));
    expect(codec.encode(packetOf(1)).buffer.byteLength).toBeLessThan(100_000);
    expect(() => codec.encode(packetOf([new Uint8Array(17_000_000)]))).toThrowError(CodecError);
    expect(codec.encode(packetOf(1)).buffer.byteLength).toBeLessThan(100_000);
  });
});

describe('what runs while a message is written', () => {
  it('may write a message of its own', () => {
    const codec = new PacketCodec();
    let inner: Uint8Array | undefined;
    const value = {
      before: 'x'.repeat(100),
      get nested() {
        inner = codec.encode(packetOf({ inner: true }));
        return [1, 2];
      },
      after: 5,
    };
    const outer = codec.encode(packetOf({ list: [value] }));
    expect(codec.decode(outer).data).toEqual({ list: [{ before: 'x'.repeat(100), nested: [1, 2], after: 5 }] });
    expect(codec.decode(inner ?? outer).data).toEqual({ inner: true });
    expect(codec.decode(codec.encode(packetOf('next'))).data).toBe('next');
  });

  it('may throw, and the next message is as it should be', () => {
    const encoder = new Encoder();
    const trap = {
      get trap(): never {
        throw new Error('of the app');
      },
    };
    expect(() => encoder.encode([1, trap])).toThrowError('of the app');
    expect(decoder.decode(encoder.encode([1, 2]))).toEqual([1, 2]);
  });

  it('may change the list, set or map that is written, whose head has been written', () => {
    const grow = <C>(container: C, add: (container: C) => void) => {
      const item = {
        get now() {
          add(container);
          return 1;
        },
      };
      return { container, item };
    };
    const encoder = new Encoder();
    const list = grow([] as unknown[], (items) => items.push('more'));
    list.container.push(list.item, 2);
    expect(decoder.decode(encoder.encode(list.container))).toEqual([{ now: 1 }, 2]);
    const set = grow(new Set<unknown>(), (items) => items.add('more'));
    set.container.add(set.item);
    expect(decoder.decode(encoder.encode(set.container))).toEqual(new Set([{ now: 1 }]));
    const map = grow(new Map<unknown, unknown>(), (items) => items.set('more', 1));
    map.container.set('item', map.item);
    expect(decoder.decode(encoder.encode(map.container))).toEqual(new Map([['item', { now: 1 }]]));
  });
});
