import { DatabaseBusy } from './database.ts';

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/** A bounded queue in order of arrival: at most `width` pieces of work run at once, at most `maxWaiting` wait. */
export class Turns {
  readonly #what: string;
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #waiting: Waiting[] = [];
  readonly #whenIdle: (() => void)[] = [];
  #running = 0;
  #closed: Error | undefined;

  constructor(what: string, width: number, maxWaiting: number) {
    this.#what = what;
    this.#width = width;
    this.#maxWaiting = maxWaiting;
  }

  /** Nothing runs and nothing waits. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  /** Runs `work` when its turn comes; throws `DatabaseBusy` when too many wait already. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#running < this.#width) this.#running++;
    else await this.#wait();
    try {
      return await work();
    } finally {
      // The place is handed over, not freed: nobody who comes later can slip in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#leave();
      else next.start();
    }
  }

  /** Refuses everyone who waits or comes later; what runs goes on. */
  close(error: Error): void {
    this.#closed = error;
    for (const { refuse } of this.#waiting.splice(0)) refuse(error);
  }

  /** Resolves when nothing runs any more; meant for after `close`. */
  drained(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #leave(): void {
    this.#running--;
    if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting)
      throw new DatabaseBusy(`${this.#maxWaiting} wait for ${this.#what} already`);
    return new Promise((start, refuse) => this.#waiting.push({ start, refuse }));
  }
}
