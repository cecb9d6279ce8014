/** Splits Marionette's byte stream into messages. A frame is `length:json`, the length in bytes as decimal digits. */
export class MarionetteFrames {
  #rest: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes and returns the messages that they complete.
   *
   * @throws Error when the stream is not in frames.
   */
  push(chunk: Buffer): unknown[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: unknown[] = [];
    for (;;) {
      const colon = this.#rest.indexOf(':');
      if (colon < 0) return messages;
      const digits = this.#rest.toString('latin1', 0, colon);
      if (!/^\d{1,10}$/.test(digits)) throw new Error(`Marionette: not a frame length: ${digits.slice(0, 20)}`);
      const end = colon + 1 + Number(digits);
      if (this.#rest.length < end) return messages;
      messages.push(JSON.parse(this.#rest.toString('utf8', colon + 1, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }
}
