/** A baseline in a process of its own, asked for one round after another. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BaselineRound } from './answer-rounds.ts';

export interface Baseline extends Disposable {
  /** Runs it once; throws when it made another number of rows than `rows`. */
  round(rows: number): Promise<number>;
}

/** Starts the program `file` of this folder. */
export function startBaseline(file: string, ...args: readonly string[]): Baseline {
  const child = fork(new URL(`./${file}`, import.meta.url), [...args]);
  return {
    async round(rows) {
      child.send('round');
      const [answer] = await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => {
          throw new Error(`${file} ended: ${child.exitCode ?? child.signalCode}`);
        }),
      ]);
      const made: BaselineRound = answer;
      if (made.rows !== rows) throw new Error(`${file} made ${made.rows} rows, not ${rows}`);
      return made.ms;
    },
    [Symbol.dispose]() {
      if (child.connected) child.disconnect();
    },
  };
}
