import { TitanError } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { pause } from '../invocation/pause.js';
import { MAX_CONSUMED_ITEMS } from '../limits.js';

@Service('stream@1.0.0')
export class StreamService {
  #foreverClosed = 0;

  @Public()
  async *count(n: number, delayMs = 0): AsyncGenerator<number> {
    for (let i = 0; i < n; i++) {
      if (delayMs > 0) await pause(delayMs);
      yield i;
    }
  }

  @Public()
  async *objects(n: number): AsyncGenerator<{ i: number; at: Date }> {
    for (let i = 0; i < n; i++) yield { i, at: new Date(1_700_000_000_000 + i) };
  }

  @Public()
  async *failing(n: number): AsyncGenerator<number> {
    for (let i = 0; i < n; i++) yield i;
    throw new Error('stream blew up');
  }

  @Public()
  async *forever(delayMs = 20): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) {
        yield i;
        await pause(delayMs);
      }
    } finally {
      this.#foreverClosed++;
    }
  }

  @Public()
  foreverClosedCount(): number {
    return this.#foreverClosed;
  }

  /** Collects an upload. */
  @Public()
  async consume(stream: unknown): Promise<unknown[]> {
    if (!isAsyncIterable(stream)) throw new TitanError(400, 'Invalid stream: expected a StreamReference');
    const items: unknown[] = [];
    for await (const item of stream) {
      if (items.push(item) > MAX_CONSUMED_ITEMS) throw new TitanError(413, `At most ${MAX_CONSUMED_ITEMS} items`);
    }
    return items;
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
