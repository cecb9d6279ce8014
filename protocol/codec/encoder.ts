import { ValueWriter } from './value-writer.js';

export { remoteStackOf } from './errors.js';

/** Writes single values. One encoder may be used for any number of them; after an error it is ready for the next. */
export class Encoder extends ValueWriter {
  /** @throws {@link CodecError} `unsupported`, `too-deep` or `too-large`, with the path of the value. */
  encode(value: unknown): Uint8Array<ArrayBuffer> {
    // Memory of its own: who keeps it must not keep its neighbours.
    return this.message((out) => out.value(value)).slice();
  }
}
