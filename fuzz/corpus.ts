import { readdirSync, readFileSync } from 'node:fs';

export interface Corpus {
  /** Messages for the decoders: values and packets alike, since each decoder gets all of them. */
  readonly messages: readonly Uint8Array[];
  /** JSON texts of HTTP bodies. */
  readonly envelopes: readonly string[];
}

/** The recorded vectors of the protocol, and what was made by hand: `fuzz/corpus/*.hex`, one message a line, `#` comments. */
export function loadCorpus(root: URL): Corpus {
  const folder = new URL('fuzz/corpus/', root);
  const vectors = linesOf(new URL('protocol/vectors/hex-examples.ndjson', root))
    .map((line) => (JSON.parse(line) as { hex: string }).hex)
    .filter((hex) => !hex.startsWith('THROWS'));
  const files = readdirSync(folder).filter((file) => file.endsWith('.hex'));
  const byHand = files.sort().flatMap((file) => linesOf(new URL(file, folder)));
  return {
    messages: [...vectors, ...byHand].map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))),
    envelopes: linesOf(new URL('envelopes.ndjson', folder)),
  };
}

function linesOf(file: URL): string[] {
  const isJson = file.pathname.endsWith('.ndjson');
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => (isJson ? line : line.replace(/#.*/, '').replaceAll(' ', '')))
    .filter((line) => line !== '');
}
