import { readFileSync } from 'node:fs';
import { ExtensionCodec, Encoder as PeerEncoder, decode as peerDecode } from '@msgpack/msgpack';
import { Packr } from 'msgpackr';
import { Decoder, Encoder } from '../protocol/index.ts';
import { CALL_PAYLOAD, LIST_PAYLOAD } from './payload.ts';
import { type Op, race } from './race.ts';

/** What a packet of such a call carries: about 300 bytes. */
const CALL = ['directory@1.0.0', 'update', 'p1', CALL_PAYLOAD];

const ours = { encoder: new Encoder(), decoder: new Decoder() };
const peer = new PeerEncoder();
/** Plain MessagePack, without its own records, which only msgpackr reads. In Node it has native help that a browser lacks. */
const msgpackr = new Packr({ useRecords: false });

/** Ours against `@msgpack/msgpack`, msgpackr and JSON, on the same values in one process. */
export function benchCodec(): readonly Op[] {
  return [
    ['call 300 B', CALL],
    ['result 1 MB', LIST_PAYLOAD],
  ].flatMap(([name, value]) => {
    const bytes = ours.encoder.encode(value);
    const text = JSON.stringify(value);
    return [
      race(`encode ${name}`, {
        ours: () => ours.encoder.encode(value),
        '@msgpack/msgpack': () => peer.encode(value),
        msgpackr: () => msgpackr.pack(value),
        JSON: () => new TextEncoder().encode(JSON.stringify(value)),
      }),
      race(`decode ${name}`, {
        ours: () => ours.decoder.decode(bytes),
        '@msgpack/msgpack': () => peerDecode(bytes),
        msgpackr: () => msgpackr.unpack(bytes),
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
