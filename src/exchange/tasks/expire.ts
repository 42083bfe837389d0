/** What retention asks and changes. Each statement is bounded: retention calls again while there is more. */
import type { Queries } from '../../database/database.ts';
import { type AccountKey, type TaskId, taskId } from '../../platform/ids.ts';
import type { NamedAttempt } from '../result-name.ts';
import type { TaskContext } from './context.ts';
import { forbid, leaveQueue, move, taskEvents } from './moves.ts';
import { ATTEMPT_COLUMNS, type AttemptRow, attemptFrom } from './row.ts';
import type { Attempt, MoveOutcome } from './store.ts';

export interface DueResult {
  readonly account: AccountKey;
  readonly id: number;
  readonly name: string;
}

/** Results whose deletionDate has passed and whose file is still there. Along `result_due`. */
export function dueResults({ database, clock }: TaskContext, limit: number): Promise<DueResult[]> {
  return database.read((queries) =>
    queries.all<DueResult>(
      `select account, id, name from result where swept = 0 and deletion_at <= $1 order by deletion_at limit $2`,
      [clock.now(), limit],
    ),
  );
}

/** Notes that the files are gone. */
export async function markSwept({ database }: TaskContext, results: readonly DueResult[]): Promise<void> {
  await database.write(async (tx) => {
    for (const { account, id } of results) {
      await tx.run('update result set swept = 1 where account = $1 and id = $2', [account, id]);
    }
  });
}

/** Tasks that waited for as long as a record is kept: nobody will start them any more. Along `task_record`. */
export async function staleTasks(
  { database, clock, limits }: TaskContext,
  limit: number,
): Promise<Attempt[]> {
  const rows = await database.read((queries) =>
    queries.all<AttemptRow>(
      `select ${ATTEMPT_COLUMNS} from task where created_at <= $1 and state = 'PENDING' order by created_at limit $2`,
      [clock.now() - limits.recordLifeMs, limit],
    ),
  );
  return rows.map(attemptFrom);
}

/** PENDING to ERROR: the one way out of the queue without having been started. */
export async function giveUpTask(
  { database, clock, steady, events }: TaskContext,
  { account, number, id, attempt, request }: Attempt,
  failure: string,
): Promise<MoveOutcome> {
  const outcome = await move(database, async (tx) => {
    const event = await leaveQueue(tx, account, 'PENDING', steady.now());
    const changed = await tx.run(
      `update task set state = 'ERROR', event = $1, finished_at = $2, failure = $3
        where account = $4 and id = $5 and attempt = $6 and state = 'PENDING'`,
      [event, clock.now(), failure, account, number, attempt],
    );
    if (changed === 0) forbid();
    await events.record(tx, taskEvents({ account, id, base: request.base }, 'UPDATE', 'PROCESSED'));
    return 'moved' as const;
  });
  return outcome ?? 'lost';
}

/**
 * Deletes records of finished tasks a week after their creation; says how many. Several processes may do this at
 * once: each takes rows that no other has locked. Along `task_record`.
 */
export async function deleteRecords(
  { database, clock, limits }: TaskContext,
  limit: number,
): Promise<number> {
  return database.write((tx) =>
    tx.run(
      `delete from task where (account, id) in (
        select account, id from task
          where created_at <= $1 and state in ('DONE', 'API_ERROR', 'ERROR', 'CANCEL')
          order by created_at limit $2${database.skipLockedText})`,
      [clock.now() - limits.recordLifeMs, limit],
    ),
  );
}

/**
 * Deletes the rows of results that no task can tell of any more; says how many. A task takes only a result that is
 * still available, so all of its tasks are older than its deletionDate, and gone a record's life after it.
 */
export async function deleteResultRows(
  { database, clock, limits }: TaskContext,
  limit: number,
): Promise<number> {
  return database.write((tx) =>
    tx.run(
      `delete from result where (account, id) in (
        select account, id from result where swept = 1 and deletion_at <= $1
          order by deletion_at limit $2${database.skipLockedText})`,
      [clock.now() - limits.recordLifeMs, limit],
    ),
  );
}

/** Of these attempts, those that a runner is at. */
export async function attemptsUnderWay(queries: Queries, ids: readonly TaskId[]): Promise<NamedAttempt[]> {
  const rows = await queries.all<{ uuid: string; attempt: number }>(
    `select uuid, attempt from task where uuid in (${placeholders(ids)}) and state = 'PROCESSING'`,
    ids,
  );
  return rows.map(({ uuid, attempt }) => ({ id: taskId(uuid), attempt }));
}

/** Of these names, those that a result still stands for. */
export async function namesInUse(queries: Queries, names: readonly string[]): Promise<string[]> {
  const rows = await queries.all<{ name: string }>(
    `select name from result where name in (${placeholders(names)}) and swept = 0`,
    names,
  );
  return rows.map(({ name }) => name);
}

const placeholders = (values: readonly unknown[]): string =>
  values.map((_, index) => `$${index + 1}`).join(', ');
