import { Public, Service } from '../exposure/decorators.js';
import { pause } from '../invocation/pause.js';

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
}
