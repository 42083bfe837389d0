/** Who listens to which channel in this process. */
export class Listeners {
  readonly #byChannel = new Map<string, Set<() => void>>();

  get size(): number {
    return this.#byChannel.size;
  }

  add(channel: string, wake: () => void): () => void {
    const listeners = this.#byChannel.get(channel) ?? new Set();
    this.#byChannel.set(channel, listeners);
    // A function of its own per registration: the same callback may listen twice.
    const listener = (): void => wake();
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byChannel.get(channel) === listeners) this.#byChannel.delete(channel);
    };
  }

  wake(channel: string): void {
    for (const listener of [...(this.#byChannel.get(channel) ?? [])]) {
      try {
        listener();
      } catch (error) {
        // Not the writer's failure: its transaction is committed already.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  wakeAll(): void {
    for (const channel of [...this.#byChannel.keys()]) this.wake(channel);
  }

  clear(): void {
    this.#byChannel.clear();
  }
}
