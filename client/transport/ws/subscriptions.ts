export type EventHandler = (...args: readonly unknown[]) => void;

/** Who listens to which event. The wire knows one subscription per event, however many handlers there are. */
export class Subscriptions {
  readonly #handlers = new Map<string, Set<EventHandler>>();

  get events(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  has(event: string): boolean {
    return this.#handlers.has(event);
  }

  /** True for the first handler of an event. */
  add(event: string, handler: EventHandler): boolean {
    const handlers = this.#handlers.get(event);
    if (handlers === undefined) {
      this.#handlers.set(event, new Set([handler]));
      return true;
    }
    handlers.add(handler);
    return false;
  }

  /** True when it was the last handler of its event. */
  remove(event: string, handler: EventHandler): boolean {
    const handlers = this.#handlers.get(event);
    if (handlers === undefined || !handlers.delete(handler) || handlers.size > 0) return false;
    return this.#handlers.delete(event);
  }

  /** All handlers run; what one throws is reported as uncaught, and stops no other. */
  emit(event: string, args: readonly unknown[]): number {
    const handlers = [...(this.#handlers.get(event) ?? [])];
    for (const handler of handlers) {
      try {
        handler(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    return handlers.length;
  }
}
