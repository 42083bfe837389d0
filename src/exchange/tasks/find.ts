import type { AccountKey, TaskId } from '../../platform/ids.ts';
import type { StoredResult } from '../ports.ts';
import type { Task } from '../task.ts';
import type { TaskContext } from './context.ts';
import {
  ATTEMPT_COLUMNS,
  type AttemptRow,
  attemptFrom,
  TASK_COLUMNS,
  TASK_SOURCE,
  type TaskRow,
  taskFrom,
} from './row.ts';
import type { Attempt, LapseSpan } from './store.ts';
import type { ResultTable } from './tables.ts';

/** A task of the account whose record is still kept; undefined for another account's as for one that never was. */
export async function findTask(
  { database, clock, steady, limits }: TaskContext,
  account: AccountKey,
  id: TaskId,
): Promise<Task | undefined> {
  const row = await database.read((queries) =>
    queries.one<TaskRow>(
      `select ${TASK_COLUMNS} from ${TASK_SOURCE} where task.uuid = $1 and task.account = $2 and task.created_at > $3`,
      [id, account, clock.now() - limits.recordLifeMs],
    ),
  );
  return row === undefined ? undefined : taskFrom(row, steady.now());
}

/**
 * Attempts whose runner was silent for longer than its lease. A span, so that a runner that looks every second passes
 * over the leases of that second only: dead entries of finished tasks lie below it while a snapshot is held.
 */
export async function lapsedAttempts(
  { database }: TaskContext,
  { from, until }: LapseSpan,
  limit: number,
): Promise<Attempt[]> {
  const rows = await database.read((queries) =>
    queries.all<AttemptRow>(
      `select ${ATTEMPT_COLUMNS} from task
        where state = 'PROCESSING' and lease_until > $1 and lease_until <= $2 order by lease_until limit $3`,
      [from, until, limit],
    ),
  );
  return rows.map(attemptFrom);
}

/** A result that is still kept, by the name of its file. */
export async function findResult({ database }: TaskContext, name: string): Promise<StoredResult | undefined> {
  const row = await database.read((queries) =>
    queries.one<ResultTable>(
      'select name, bytes, sha256, stored_bytes, stored_sha256 from result where name = $1 and swept = 0',
      [name],
    ),
  );
  if (row === undefined) return undefined;
  const { bytes, sha256, stored_bytes: storedBytes, stored_sha256: storedSha256 } = row;
  return { name: row.name, bytes, sha256, storedBytes, storedSha256 };
}
