import { TitanError } from '../titan-error.js';
import { malformed, tooLarge } from './codec-error.js';
import { readError, readTitanError, writeError, writeTitanError } from './errors.js';
import { Long } from './long.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';
import { MAX_BIGINT_DIGITS } from './tuning.js';
import type { ValueReader } from './value-reader.js';
import type { ValueWriter } from './value-writer.js';

/** Type of `undefined`, whose payload is a zero. */
export const UNDEFINED = 0;

/** It holds no other values. */
const LEAF = false;
/** It holds other values, and so is a level of its own. */
const NESTS = true;

/** An ext type of the profile, both ways. */
type Extension = readonly [
  type: number,
  of: (new (...args: never) => object) | BigIntConstructor,
  nests: boolean,
  write: (value: never, to: ValueWriter) => void,
  read: (from: ValueReader) => unknown,
];

/** The others of PROTOCOL §5. A value is of the first one whose class it has. */
export const EXTENSIONS: readonly Extension[] = [
  [
    125,
    Date,
    LEAF,
    (date: Date, to) => {
      const time = date.getTime();
      if (time < 0) throw to.refusal('a date before 1970');
      // Titan writes an invalid date as the epoch.
      to.u32(time / 2 ** 32 || 0);
      to.u32(time || 0);
    },
    (from) => new Date(from.u32() * 2 ** 32 + from.u32()),
  ],
  [
    124,
    Map,
    NESTS,
    (map: ReadonlyMap<unknown, unknown>, to) => {
      // A getter of an item may change the map, but not what its head has declared.
      const pairs = [...map];
      to.u32(pairs.length);
      let i = 0;
      for (const [key, value] of pairs) {
        to.item(i, key);
        to.item(i++, value);
      }
    },
    (from) => {
      const map = new Map<unknown, unknown>();
      for (let left = from.u32(); left > 0; left--) map.set(from.value(), from.value());
      return map;
    },
  ],
  [
    123,
    Set,
    NESTS,
    (set: ReadonlySet<unknown>, to) => {
      const items = [...set];
      to.u32(items.length);
      let i = 0;
      for (const value of items) to.item(i++, value);
    },
    (from) => {
      const set = new Set<unknown>();
      for (let left = from.u32(); left > 0; left--) set.add(from.value());
      return set;
    },
  ],
  [
    120,
    BigInt,
    LEAF,
    (value: bigint, to) => to.text(String(value)),
    (from) => {
      const digits = from.string();
      if (digits.length > MAX_BIGINT_DIGITS) throw tooLarge(digits.length, 'digits', MAX_BIGINT_DIGITS);
      if (!/^-?\d+$/.test(digits)) throw malformed('bigint is no decimal');
      return BigInt(digits);
    },
  ],
  [
    121,
    RegExp,
    LEAF,
    ({ source, flags }: RegExp, to) => to.texts(source, flags),
    (from) => {
      const source = from.string();
      const flags = from.string();
      try {
        return new RegExp(source, flags);
      } catch {
        throw malformed('RegExp does not compile');
      }
    },
  ],
  [110, TitanError, NESTS, writeTitanError, readTitanError],
  [126, Error, NESTS, writeError, readError],
  [
    119,
    Long,
    LEAF,
    ({ value, unsigned }: Long, to) => {
      to.u8(unsigned ? 1 : 0);
      to.u64(value);
    },
    (from) => {
      const unsigned = from.flag();
      return new Long(from.integer(unsigned), unsigned);
    },
  ],
  [
    107,
    StreamReference,
    LEAF,
    ({ streamId, kind, live, peerId }: StreamReference, to) => {
      to.text(String(streamId));
      to.u8(kind === 'writable' ? 1 : 0);
      to.u8(live ? 1 : 0);
      to.text(peerId);
    },
    (from) => {
      const id = from.string();
      if (!/^\d{1,10}$/.test(id)) throw malformed('no stream id where one must be');
      const kind = from.flag() ? 'writable' : 'readable';
      return new StreamReference(Number(id), kind, from.flag(), from.string());
    },
  ],
  [
    108,
    ServiceReference,
    LEAF,
    ({ definitionId }: ServiceReference, to) => to.text(definitionId),
    (from) => new ServiceReference(from.string()),
  ],
  [
    109,
    ServiceDefinition,
    NESTS,
    ({ id, parentId, peerId, meta }: ServiceDefinition, to) => {
      to.texts(id, parentId, peerId);
      to.item('meta', meta);
    },
    (from) => new ServiceDefinition(from.string(), from.string(), from.string(), from.record()),
  ],
];
