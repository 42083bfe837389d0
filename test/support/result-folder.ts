/** A folder of results as the processes write it: waits for what happens in it. */
import { type FSWatcher, mkdirSync, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { within } from './program.ts';

export class ResultFolder implements Disposable {
  readonly #folder: string;
  readonly #watcher: FSWatcher;
  /** Names of changed files, in the order of the changes. */
  readonly #changes: string[] = [];
  readonly #waiting = new Set<() => void>();

  /** Makes the folder where no result has done so yet. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#watcher = watch(folder, (type, name) => {
      if (type !== 'change' || name === null) return;
      this.#changes.push(name);
      for (const look of [...this.#waiting]) look();
    });
  }

  /** The `count`th piece has come into the file of this attempt, whatever comes after it. */
  wrote(name: string, count = 1): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#changes.filter((changed) => changed === name).length < count) return;
      this.#waiting.delete(look);
      resolve();
    };
    this.#waiting.add(look);
    look();
    return within(promise, `${count} writes into ${name}`);
  }

  /** The names of what lies here now, sorted. */
  names(): string[] {
    return readdirSync(this.#folder).sort();
  }

  /** Bytes of a file. */
  size(name: string): number {
    return statSync(join(this.#folder, name)).size;
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
