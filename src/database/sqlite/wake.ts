import { Listeners } from '../listeners.ts';

/** How often `PRAGMA data_version` is asked, in ms: 4 µs a call, so 16 µs a second. */
const POLL_MS = 250;

/**
 * Wakes listeners: at once after a commit of this process, and after a commit of another one within a poll. What the
 * other one woke is not known here: everybody is told, and looks for himself.
 */
export class SqliteWakes {
  readonly #listeners = new Listeners();
  readonly #readVersion: () => Promise<number>;
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;
  #isAsking = false;

  /** `readVersion` gives `data_version` as the connection sees it that writes in this process. */
  constructor(readVersion: () => Promise<number>) {
    this.#readVersion = readVersion;
  }

  listen(channel: string, wake: () => void): () => void {
    const forget = this.#listeners.add(channel, wake);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#poll(), POLL_MS).unref();
      void this.#poll();
    }
    return () => {
      forget();
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  wake(channels: Iterable<string>): void {
    for (const channel of channels) this.#listeners.wake(channel);
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  async #poll(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const version = await this.#readVersion();
      const isNew = this.#version !== undefined && version !== this.#version;
      this.#version = version;
      if (isNew) this.#listeners.wakeAll();
    } catch {
      // A lock or a closing database: the next poll asks again, and listeners poll by themselves.
    } finally {
      this.#isAsking = false;
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#version = undefined;
  }
}
