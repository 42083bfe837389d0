/** A task as the tables hold it, and as the rest of the product sees it. */
import { accountKey, taskId } from '../../platform/ids.ts';
import type { SourceRequest } from '../ports.ts';
import { describeProgress } from '../progress.ts';
import type { Tally } from '../retries.ts';
import type { Task, TaskResult } from '../task.ts';
import type { Attempt } from './store.ts';
import type { ResultTable, TaskTable } from './tables.ts';

/** A task's row and, where it has one, its result's. */
export type TaskRow = TaskTable & {
  readonly [Column in keyof ResultTable as `result_${Column}`]: ResultTable[Column] | null;
};

/** The result's part of `TaskRow`. */
export const RESULT_COLUMNS = [
  'result.account as result_account',
  'result.id as result_id',
  'result.name as result_name',
  'result.rows as result_rows',
  'result.bytes as result_bytes',
  'result.sha256 as result_sha256',
  'result.stored_bytes as result_stored_bytes',
  'result.stored_sha256 as result_stored_sha256',
  'result.format as result_format',
  'result.snapshot_sequence as result_snapshot_sequence',
  'result.snapshot_moment as result_snapshot_moment',
  'result.deletion_at as result_deletion_at',
  'result.swept as result_swept',
] as const;

/** Columns of `TaskRow`, for `TASK_SOURCE`. */
export const TASK_COLUMNS = `task.*, ${RESULT_COLUMNS.join(', ')}`;

export const TASK_SOURCE = `task left join result on result.account = task.account and result.id = task.result`;

/** The task; `now` (Steady ms) for the seconds left. */
export function taskFrom(row: TaskRow, now: number): Task {
  const common = {
    account: accountKey(row.account),
    id: taskId(row.uuid),
    owner: { type: row.owner_type, id: row.owner_id },
    request: requestFrom(row.request),
    createdAt: row.created_at,
    attempt: row.attempt,
    progress: describeProgress(
      {
        state: row.state,
        rows: row.progress_rows,
        total: row.progress_total ?? undefined,
        since: row.attempt_since ?? undefined,
      },
      now,
    ),
  };
  const started = row.started_at === null ? {} : { startedAt: row.started_at };
  switch (row.state) {
    case 'PENDING':
      return { ...common, state: 'PENDING' };
    case 'PROCESSING':
      return { ...common, state: 'PROCESSING', startedAt: present(row, 'started_at') };
    case 'DONE':
      return { ...common, state: 'DONE', ...ended(row), result: resultFrom(row) };
    case 'API_ERROR':
      return { ...common, state: 'API_ERROR', ...ended(row), refusal: refusalFrom(present(row, 'refusal')) };
    case 'ERROR':
      return {
        ...common,
        state: 'ERROR',
        ...started,
        finishedAt: present(row, 'finished_at'),
        failure: present(row, 'failure'),
      };
    case 'CANCEL':
      return { ...common, state: 'CANCEL', ...started, finishedAt: present(row, 'finished_at') };
  }
}

/** Columns of a task that make an attempt. */
export const ATTEMPT_COLUMNS = 'account, id, uuid, attempt, request, failures, lapses, stalled_since';

export type AttemptRow = Pick<
  TaskTable,
  'account' | 'id' | 'uuid' | 'attempt' | 'request' | 'failures' | 'lapses' | 'stalled_since'
>;

/** The attempt that a row is at. */
export function attemptFrom(row: AttemptRow): Attempt {
  const tally: Tally = {
    failures: row.failures,
    lapses: row.lapses,
    stalledSince: row.stalled_since ?? undefined,
  };
  return {
    account: accountKey(row.account),
    number: row.id,
    id: taskId(row.uuid),
    attempt: row.attempt,
    request: requestFrom(row.request),
    tally,
  };
}

/** What `admit` stored. */
export const requestFrom = (json: string): SourceRequest => JSON.parse(json);

function refusalFrom(json: string): { readonly status: number; readonly errors: readonly object[] } {
  return JSON.parse(json);
}

function ended(row: TaskRow): { readonly startedAt: number; readonly finishedAt: number } {
  return { startedAt: present(row, 'started_at'), finishedAt: present(row, 'finished_at') };
}

function resultFrom(row: TaskRow): TaskResult {
  return {
    name: present(row, 'result_name'),
    rows: present(row, 'result_rows'),
    bytes: present(row, 'result_bytes'),
    sha256: present(row, 'result_sha256'),
    storedBytes: present(row, 'result_stored_bytes'),
    storedSha256: present(row, 'result_stored_sha256'),
    format: present(row, 'result_format'),
    snapshot: {
      sequence: present(row, 'result_snapshot_sequence'),
      moment: present(row, 'result_snapshot_moment'),
    },
    deletionAt: present(row, 'result_deletion_at'),
  };
}

/** A column that the task's state promises. */
function present<Column extends keyof TaskRow>(row: TaskRow, column: Column): NonNullable<TaskRow[Column]> {
  const value = row[column];
  if (value === null) throw new Error(`task ${row.uuid} is ${row.state} and has no ${column}`);
  return value;
}
