/** Receives the arguments of one event. Must not throw. */
export type EventListener = (args: readonly unknown[]) => void;

/** Hands events to whoever listens to their exact name, at once and in the order of subscription. */
export class EventBus {
  readonly #listeners = new Map<string, Set<EventListener>>();

  /** Returns how to stop listening. */
  on(name: string, listener: EventListener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  emit(name: string, ...args: readonly unknown[]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(args);
  }
}
