import type { TaskId } from '../../platform/ids.ts';
import type { TaskContext } from './context.ts';
import type { AttemptKey, Beat } from './store.ts';

/**
 * The heartbeat: prolongs the leases of a runner's attempts and notes their progress; answers which are still theirs.
 * An attempt that is missing was cancelled or lost. A lease that has run out is renewed all the same while nobody took
 * the task: a laptop's sleep costs nothing. One transaction of an update by primary key each, in the order of the key.
 * A power cut may undo it: whoever held the lease is gone then as well.
 */
export async function renewLeases<B extends Beat>(
  { database, steady, limits }: TaskContext,
  beats: readonly B[],
): Promise<readonly B[]> {
  const ordered = [...beats].sort((a, b) => a.account - b.account || a.number - b.number);
  return database.writeUnsynced(async (tx) => {
    const leaseUntil = steady.now() + limits.leaseMs;
    const renewed: B[] = [];
    for (const beat of ordered) {
      const { account, number, attempt, rows, total } = beat;
      const changed = await tx.run(
        `update task set lease_until = $1, progress_rows = $2, progress_total = $3
          where account = $4 and id = $5 and attempt = $6 and state = 'PROCESSING'`,
        [leaseUntil, rows, total ?? null, account, number, attempt],
      );
      if (changed > 0) renewed.push(beat);
    }
    return renewed;
  });
}

/**
 * Which of a runner's attempts are still theirs, without writing: one statement along the primary key. (Along an
 * index on the runner it would pass over the dead entries of all tasks that it ever ran while a snapshot is held.)
 */
export async function lookUpAttempts<A extends AttemptKey>(
  { database }: TaskContext,
  attempts: readonly A[],
): Promise<readonly A[]> {
  if (attempts.length === 0) return [];
  // Row values in a list are written differently by the two engines; both serve this by the primary key.
  const keys = attempts.map((_, index) => `(account = $${2 * index + 1} and id = $${2 * index + 2})`);
  const rows = await database.read((queries) =>
    queries.all<{ uuid: TaskId; attempt: number }>(
      `select uuid, attempt from task where (${keys.join(' or ')}) and state = 'PROCESSING'`,
      attempts.flatMap(({ account, number }) => [account, number]),
    ),
  );
  const current = new Map(rows.map(({ uuid, attempt }) => [uuid, attempt]));
  return attempts.filter(({ id, attempt }) => current.get(id) === attempt);
}
