import { readFileSync } from 'node:fs';
import { ExtensionCodec, Encoder as PeerEncoder, decode as peerDecode } from '@msgpack/msgpack';
import { Decoder, Encoder } from '../protocol/index.ts';
import { type Op, race } from './race.ts';

/** A call of about 300 bytes, as apps make them. */
const CALL = [
  'directory@1.0.0',
  'update',
  'p1',
  {
    name: 'Ada Lovelace',
    title: 'Countess of Lovelace, analyst and metaphysician',
    team: 'Analytical Engine',
    email: 'ada@team.example',
    tags: ['engines', 'poetry', 'mathematics'],
    joined: '1842-07-10T00:00:00.000Z',
    version: 17,
    active: true,
    score: 0.875,
  },
];

/** A list of about 1 MB. */
const LIST = Array.from({ length: 5_000 }, (_, i) => ({
  id: `u${i}`,
  name: `Person number ${i}`,
  email: `person${i}@team.example`,
  age: 20 + (i % 60),
  balance: i * 1.37,
  active: i % 3 === 0,
  tags: ['alpha', 'beta', i % 2 === 0 ? 'even' : 'odd'],
  address: { street: `${i} Main Street`, city: 'London', zip: 10_000 + i },
}));

const ours = { encoder: new Encoder(), decoder: new Decoder() };
const peer = new PeerEncoder();

/** Ours against `@msgpack/msgpack` and against JSON, on the same values in one process. */
export function benchCodec(): readonly Op[] {
  return [
    ['call 300 B', CALL],
    ['result 1 MB', LIST],
  ].flatMap(([name, value]) => {
    const bytes = ours.encoder.encode(value);
    const text = JSON.stringify(value);
    return [
      race(`encode ${name}`, {
        ours: () => ours.encoder.encode(value),
        '@msgpack/msgpack': () => peer.encode(value),
        JSON: () => new TextEncoder().encode(JSON.stringify(value)),
      }),
      race(`decode ${name}`, {
        ours: () => ours.decoder.decode(bytes),
        '@msgpack/msgpack': () => peerDecode(bytes),
        JSON: () => JSON.parse(text),
      }),
    ];
  });
}

/** How many of the recorded plain values each writes byte for byte as Titan does. */
export function exactness(vectors: URL): { rows: number; ours: number; peer: number } {
  const lines = readFileSync(vectors, 'utf8').trim().split('\n');
  const rows = lines
    .map((line) => JSON.parse(line) as { kind: string; hex: string })
    .filter(({ kind, hex }) => kind === 'value' && !hex.startsWith('THROWS'));
  const exact = (encode: (value: unknown) => Uint8Array): number =>
    rows.filter(({ hex }) => {
      const value = ours.decoder.decode(new Uint8Array(Buffer.from(hex, 'hex')));
      try {
        return Buffer.from(encode(value)).toString('hex') === hex;
      } catch {
        return false;
      }
    }).length;
  const withDates = new ExtensionCodec();
  withDates.register({
    type: 125,
    encode: (value) => {
      if (!(value instanceof Date)) return null;
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(value.getTime()));
      return bytes;
    },
    decode: () => undefined,
  });
  const layered = new PeerEncoder({ extensionCodec: withDates });
  return {
    rows: rows.length,
    ours: exact((value) => ours.encoder.encode(value)),
    peer: exact((value) => layered.encode(value)),
  };
}
