import { ValueReader } from './value-reader.js';

/** Reads single values. One decoder may be used for any number of them; after an error it is ready for the next. */
export class Decoder extends ValueReader {
  /** @throws {@link CodecError}; bytes after the value are `malformed`. */
  decode(bytes: Uint8Array): unknown {
    return this.read(bytes, () => this.value());
  }
}
