import type { Random } from './random.ts';

/** The class of inputs that the time bound is meant for (QUALITY §2). */
export const MAX_INPUT_BYTES = 256;
const MAX_STACKED = 5;

const hex = (text: string): readonly number[] => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];

/** Pieces of the format that random bytes seldom hit: headers with large lengths, every ext type, awkward keys and texts. */
const TOKENS: readonly (readonly number[])[] = [
  ...['90', '80', 'a0', 'c0', 'd40000', 'c4 00', 'c4 01 ff', '91', '81 a1 61', 'dc ffff', 'dd ffffffff', 'dd 00000010'],
  ...['de ffff', 'd9 ff', 'da ffff', 'db ffffffff', 'c6 ffffffff', 'c9 ffffffff 7b', 'c8 ffff 7c', 'c7 ff 7e'],
  ...[
    'c7 04 7b 00000000',
    'c7 05 7b 00000001 01',
    'c7 04 7c 00000000',
    'c7 06 7c 00000001 01 02',
    'd7 7d',
    'c7 09 77 00',
  ],
  ...[
    'd5 78 a1 30',
    'd5 79 a0 a0',
    'd5 79 a1 28',
    'd4 6c a0',
    'd5 6c a1 78',
    'd6 6d a0 a0 a0 80',
    'c7 05 6b a1 35 01 01 a0',
  ],
  ...['c7 07 7e 0001 a0 a0 a0 0000', 'c7 0d 6e a0 00 a0 80 80 00 c0 c0 c0 c0 c0 c0 c0', '7e 0003 a0 a0 a0 0001'],
  ...['a9 5f5f70726f746f5f5f', 'ab 636f6e7374727563746f72', 'a4 6e616d65', 'a7 6d657373616765', 'a5 737461636b'],
  ...[
    'ab 72656d6f7465537461636b',
    'a5 6361757365',
    'ab 5f5f6572726f7254797065',
    'a8 746f537472696e67',
    'a2 c328',
    'a3 eda080',
  ],
  ...[
    'a1 c3',
    'a3 efbbbf',
    'cb 7ff8000000000000',
    'cb 8000000000000000',
    'cf ffffffffffffffff',
    'd3 8000000000000000',
    'ca ffc00000',
  ],
].map(hex);

const INTERESTING = [
  0, 1, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xff,
];
const INTERESTING_LENGTHS = [0, 1, 2, 15, 16, 31, 32, 255, 256, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Ext types, and bytes that head a length of one, two or four bytes. */
const TYPES = [0, 107, 108, 109, 110, 119, 120, 121, 123, 124, 125, 126];
const HEADS = [0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd4, 0xd6, 0xd7, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf];

type Mutation = (bytes: number[], random: Random, other: Uint8Array) => void;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  },
  function setByte(bytes, random) {
    if (bytes.length > 0)
      bytes[random.below(bytes.length)] = random.pick([random.below(256), random.pick(INTERESTING)]);
  },
  function setHead(bytes, random) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick(random.below(2) === 0 ? HEADS : TYPES);
  },
  function addToByte(bytes, random) {
    const at = random.below(bytes.length);
    if (at < bytes.length) bytes[at] = ((bytes[at] as number) + random.below(9) - 4) & 0xff;
  },
  function insertBytes(bytes, random) {
    const added = Array.from({ length: 1 + random.below(4) }, () => random.below(256));
    bytes.splice(random.below(bytes.length + 1), 0, ...added);
  },
  function insertToken(bytes, random) {
    bytes.splice(random.below(bytes.length + 1), 0, ...random.pick(TOKENS));
  },
  function replaceByToken(bytes, random) {
    const token = random.pick(TOKENS);
    bytes.splice(random.below(bytes.length + 1), token.length, ...token);
  },
  function deleteBytes(bytes, random) {
    bytes.splice(random.below(bytes.length), 1 + random.below(4));
  },
  function truncate(bytes, random) {
    bytes.length = random.below(bytes.length + 1);
  },
  function duplicate(bytes, random) {
    const from = random.below(bytes.length);
    const piece = bytes.slice(from, from + 1 + random.below(16));
    const times = 1 + random.below(4);
    for (let i = 0; i < times; i++) bytes.splice(from, 0, ...piece);
  },
  function splice(bytes, random, other) {
    const from = random.below(other.length);
    const piece = other.slice(from, from + 1 + random.below(other.length - from));
    bytes.splice(random.below(bytes.length + 1), random.below(bytes.length), ...piece);
  },
  function cross(bytes, random, other) {
    const at = random.below(bytes.length + 1);
    bytes.splice(at, bytes.length - at, ...other.subarray(random.below(other.length)));
  },
  function writeLength(bytes, random) {
    const at = random.below(bytes.length);
    const length = random.pick(INTERESTING_LENGTHS);
    const width = random.pick([1, 2, 4]);
    for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = (length >>> (8 * (width - 1 - i))) & 0xff;
  },
  /** Keeps what is there valid, one level deeper. */
  function wrap(bytes, random) {
    const length = bytes.length;
    const levels = random.pick([1, 1, 2, 61, 62, 63, 64]);
    const kind = random.below(5);
    if (kind === 0) bytes.unshift(...new Array<number>(levels).fill(0x91));
    else if (kind === 1) for (let i = 0; i < levels; i++) bytes.unshift(0x81, 0xa0);
    else if (kind === 2) bytes.unshift(0xc8, (length + 4) >>> 8, (length + 4) & 0xff, 123, 0, 0, 0, 1);
    else if (kind === 3) bytes.unshift(0xc8, (length + 5) >>> 8, (length + 5) & 0xff, 124, 0, 0, 0, 1, 1);
    else bytes.unshift(0xc8, (length + 8) >>> 8, (length + 8) & 0xff, 126, 0, 3, 0xa0, 0xa0, 0xa0, 0, 1, 0xa0);
  },
];

/** One to five changes on top of each other, most often few. `other` is what pieces are taken from. */
export function mutateBytes(seed: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const bytes = [...seed];
  let left = 1 + random.below(1 + random.below(MAX_STACKED));
  for (; left > 0; left--) random.pick(MUTATIONS)(bytes, random, other);
  return Uint8Array.from(bytes.slice(0, MAX_INPUT_BYTES));
}
