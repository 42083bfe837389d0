/**
 * The inside of a baseline's process: it stays alive between rounds, warm as the product's worker is, and runs once
 * for each message of its parent.
 */

/** What one round of a baseline took and made. */
export interface BaselineRound {
  readonly ms: number;
  readonly rows: number;
}

/** Runs `round` for each message and answers with its time; `prepare` comes before and is not timed. */
export function answerRounds(round: () => number | Promise<number>, prepare: () => void = () => {}): void {
  const answer = async (): Promise<BaselineRound> => {
    prepare();
    const startedAt = performance.now();
    const rows = await round();
    return { ms: performance.now() - startedAt, rows };
  };
  process.on('message', () => {
    answer().then(
      (answered) => process.send?.(answered),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
}
