import type { Writing } from '../../database/database.ts';
import type { TaskContext } from './context.ts';
import { forbid, leaveQueue, move, moveAttempt, taskEvents } from './moves.ts';
import type { Attempt, Ending, MoveOutcome } from './store.ts';
import type { ExchangeTables, TaskTable } from './tables.ts';

/**
 * Ends an attempt for good: DONE, API_ERROR or ERROR. Task, result and events commit together, and only while the
 * attempt is the task's own: a runner that lost its lease changes nothing. A file counts from this commit on.
 */
export async function finishTask(
  context: TaskContext,
  attempt: Attempt,
  ending: Ending,
  lapsedBy?: number,
): Promise<MoveOutcome> {
  const { database, clock, steady, events, limits } = context;
  const outcome = await move(database, async (tx) => {
    const event = await leaveQueue(tx, attempt.account, 'PROCESSING', steady.now());
    const finishedAt = clock.now();
    const deletionAt = finishedAt + limits.resultLifeMs;
    const change = { ...endingColumns(attempt, ending, deletionAt), event, finished_at: finishedAt };
    if (!(await moveAttempt(tx, attempt, change, lapsedBy))) forbid();
    if (ending.kind === 'done') await insertResult(tx, attempt, ending, deletionAt);
    const subject = { account: attempt.account, id: attempt.id, base: attempt.request.base };
    // PROCESSED: the task can be asked for.
    await events.record(tx, taskEvents(subject, 'UPDATE', 'PROCESSED'));
    return 'moved' as const;
  });
  return outcome ?? 'lost';
}

/** What the task's row says of its ending. */
function endingColumns({ number }: Attempt, ending: Ending, deletionAt: number): Partial<TaskTable> {
  switch (ending.kind) {
    case 'done':
      return {
        state: 'DONE',
        result: number,
        deletion_at: deletionAt,
        progress_rows: ending.rows,
        progress_total: ending.rows,
      };
    case 'refused':
      return {
        state: 'API_ERROR',
        refusal: JSON.stringify({ status: ending.status, errors: ending.errors }),
      };
    case 'failed':
      return {
        state: 'ERROR',
        failure: ending.failure,
        failures: ending.tally.failures,
        lapses: ending.tally.lapses,
        stalled_since: ending.tally.stalledSince ?? null,
      };
  }
}

async function insertResult(
  tx: Writing,
  { account, number }: Attempt,
  { stored, rows, snapshot }: Extract<Ending, { kind: 'done' }>,
  deletionAt: number,
): Promise<void> {
  await tx
    .tables<ExchangeTables>()
    .insertInto('result')
    .values({
      account,
      id: number,
      name: stored.name,
      rows,
      bytes: stored.bytes,
      sha256: stored.sha256,
      stored_bytes: stored.storedBytes,
      stored_sha256: stored.storedSha256,
      format: 'json',
      snapshot_sequence: snapshot.sequence,
      snapshot_moment: snapshot.moment,
      deletion_at: deletionAt,
      swept: 0,
    })
    .execute();
}
