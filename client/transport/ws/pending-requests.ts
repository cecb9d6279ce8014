import { nextPacketId } from '../../../protocol/packet.js';

interface Pending<Reply> {
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** Requests that wait for their response, by packet id. Each settles exactly once. */
export class PendingRequests<Reply> {
  readonly #pending = new Map<number, Pending<Reply>>();
  #lastId = 0;

  get size(): number {
    return this.#pending.size;
  }

  /** For packets that nobody waits for as well: ids count per sender. */
  nextId(): number {
    do {
      this.#lastId = nextPacketId(this.#lastId);
    } while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  /** `signal` gives up at once, with what `aborted` makes; a response that comes later is nobody's. */
  wait(id: number, signal: AbortSignal, aborted: () => unknown): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.reject(id, aborted());
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          this.#pending.delete(id);
          signal.removeEventListener('abort', onAbort);
          settle(value);
        };
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject) });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** False when nobody waits for it. */
  resolve(id: number, reply: Reply): boolean {
    const pending = this.#pending.get(id);
    pending?.resolve(reply);
    return pending !== undefined;
  }

  reject(id: number, error: unknown): boolean {
    const pending = this.#pending.get(id);
    pending?.reject(error);
    return pending !== undefined;
  }

  rejectAll(makeError: (id: number) => unknown): void {
    for (const [id, { reject }] of [...this.#pending]) reject(makeError(id));
  }
}
