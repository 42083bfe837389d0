import type { Writing } from '../../database/database.ts';
import { accountKey, taskId } from '../../platform/ids.ts';
import type { TaskContext } from './context.ts';
import { taskEvents } from './moves.ts';
import { ATTEMPT_COLUMNS, type AttemptRow, attemptFrom } from './row.ts';
import type { Attempt } from './store.ts';
import { NEVER } from './tables.ts';

/**
 * Starts the next task for `runner`: of the accounts that have one waiting and a place to run it, the one that was
 * last served longest ago; of its tasks the oldest that may start now.
 */
export async function claimTask(context: TaskContext, runner: string): Promise<Attempt | undefined> {
  for (;;) {
    const outcome = await context.database.write((tx) => claimOnce(context, tx, runner));
    if (outcome !== 'paused') return outcome;
  }
}

interface QueueRow {
  readonly account: number;
  readonly watermark: number;
}

/** `paused`: the account had only tasks that wait for their time; now its row says so, and another one is next. */
async function claimOnce(
  context: TaskContext,
  tx: Writing,
  runner: string,
): Promise<Attempt | 'paused' | undefined> {
  const now = context.steady.now();
  const queue = await lockQueue(context, tx, now);
  if (queue === undefined) return undefined;
  const waiting = await waitingTasks(tx, queue);
  const chosen = waiting.find((task) => task.not_before <= now);
  const rest = waiting.filter((task) => task !== chosen);
  const watermark = rest[0] === undefined ? (chosen?.id ?? queue.watermark) : rest[0].id - 1;
  const readyAt = rest.reduce((earliest, { not_before }) => Math.min(earliest, not_before), NEVER);
  if (chosen === undefined) {
    await tx.run('update queue set watermark = $1, ready_at = $2 where account = $3', [
      watermark,
      readyAt,
      queue.account,
    ]);
    return 'paused';
  }
  const event = await takeRun(tx, { account: queue.account, watermark, ready_at: readyAt }, now);
  return startTask(context, tx, { account: queue.account, id: chosen.id, event, runner }, now);
}

/**
 * Locks one account's row. Two runners that each lock a waiting *task* of one account both see nothing running and
 * start both: so the account is what is locked, and its counts decide. Runs along `queue_waiting`.
 */
function lockQueue(
  { database, limits }: TaskContext,
  tx: Writing,
  now: number,
): Promise<QueueRow | undefined> {
  return tx.one<QueueRow>(
    `select account, watermark from queue
      where unfinished > running and running < $1 and ready_at <= $2
      order by last_started, account limit 1${database.skipLockedText}`,
    [limits.maxRunning, now],
  );
}

interface Waiting {
  readonly id: number;
  readonly not_before: number;
}

/**
 * The account's waiting tasks, oldest first: as many as the queue's limit allows. A range of the primary key above the
 * watermark, so that it never passes over finished tasks: by a partial index on PENDING it would, on PostgreSQL,
 * while a snapshot keeps their dead entries (3.5 times slower after 24,000 tasks).
 */
function waitingTasks(tx: Writing, { account, watermark }: QueueRow): Promise<Waiting[]> {
  return tx.all<Waiting>(
    `select id, not_before from task where account = $1 and id > $2 and state = 'PENDING' order by id`,
    [account, watermark],
  );
}

/** Takes a place to run and the account's next event. */
async function takeRun(
  tx: Writing,
  queue: { readonly account: number; readonly watermark: number; readonly ready_at: number },
  now: number,
): Promise<number> {
  const row = await tx.one<{ events: number }>(
    `update queue set running = running + 1, last_started = $1, watermark = $2, ready_at = $3, events = events + 1
      where account = $4 returning events`,
    [now, queue.watermark, queue.ready_at, queue.account],
  );
  if (row === undefined) throw new Error(`the queue row of account ${queue.account} vanished under its lock`);
  return row.events;
}

async function startTask(
  context: TaskContext,
  tx: Writing,
  task: { readonly account: number; readonly id: number; readonly event: number; readonly runner: string },
  now: number,
): Promise<Attempt> {
  const row = await tx.one<AttemptRow>(
    `update task set state = 'PROCESSING', attempt = attempt + 1, started_at = $1, attempt_since = $2,
        lease_until = $3, runner = $4, event = $5, progress_rows = 0, progress_total = null
      where account = $6 and id = $7 and state = 'PENDING' returning ${ATTEMPT_COLUMNS}`,
    [context.clock.now(), now, now + context.limits.leaseMs, task.runner, task.event, task.account, task.id],
  );
  if (row === undefined)
    throw new Error(`a waiting task of account ${task.account} vanished under its queue's lock`);
  const attempt = attemptFrom(row);
  const subject = { account: accountKey(task.account), id: taskId(row.uuid), base: attempt.request.base };
  await context.events.record(tx, taskEvents(subject, 'UPDATE'));
  return attempt;
}

/** Whether some account has a task that may start: the claim's first question without its lock. */
export async function hasClaimableTask({ database, limits, steady }: TaskContext): Promise<boolean> {
  const row = await database.read((queries) =>
    queries.one(
      `select account from queue where unfinished > running and running < $1 and ready_at <= $2
        order by last_started, account limit 1`,
      [limits.maxRunning, steady.now()],
    ),
  );
  return row !== undefined;
}
