import type { Writing } from '../../database/database.ts';
import { accountKey, taskId } from '../../platform/ids.ts';
import type { TaskContext } from './context.ts';
import { taskEvents } from './moves.ts';
import { ATTEMPT_COLUMNS, type AttemptRow, attemptFrom } from './row.ts';
import type { Attempt } from './store.ts';

/** How often a claim looks at all accounts that wait, in ms (Steady). */
const FULL_LOOK_MS = 60_000;
/** How far apart the clocks and commits of processes may be, in ms. */
const MARGIN_MS = 10_000;

/**
 * Claims of one process. Each takes the account that has waited longest, so none waits since before what the last one
 * found, and the next begins there. It would be right without: PostgreSQL passes over the dead entries of all claims
 * before while a snapshot is held (5 times slower after 24,000 tasks, with the bound not at all). What a transaction
 * that rolled back may have hidden from it, the full look finds.
 */
export class Claims {
  readonly #context: TaskContext;
  #from = Number.MIN_SAFE_INTEGER;
  #lookedAtAllAt = Number.NEGATIVE_INFINITY;

  constructor(context: TaskContext) {
    this.#context = context;
  }

  /**
   * Starts the next task for `runner`: of the accounts that have one waiting and a place to run it, the one that has
   * waited longest; of its tasks the oldest that may start now.
   */
  async claim(runner: string): Promise<Attempt | undefined> {
    for (;;) {
      const span = this.#span();
      const outcome = await this.#context.database.write((tx) => claimOnce(this.#context, tx, runner, span));
      if (outcome === undefined) return undefined;
      this.#from = Math.max(this.#from, outcome.waitingSince - MARGIN_MS);
      if (outcome.attempt !== undefined) return outcome.attempt;
    }
  }

  /** Whether some account has a task that may start: the claim's first question without its lock. */
  async hasClaimable(): Promise<boolean> {
    const { database, limits } = this.#context;
    const { from, now } = this.#span();
    const row = await database.read((queries) =>
      queries.one(claimableText(''), [limits.maxRunning, from, now]),
    );
    return row !== undefined;
  }

  #span(): Span {
    const now = this.#context.steady.now();
    if (now - this.#lookedAtAllAt >= FULL_LOOK_MS) {
      this.#lookedAtAllAt = now;
      this.#from = Number.MIN_SAFE_INTEGER;
    }
    return { from: this.#from, now };
  }
}

interface Span {
  readonly from: number;
  readonly now: number;
}

interface Claimed {
  /** Of the account, as it was found. */
  readonly waitingSince: number;
  /** None when the account had only tasks that wait for their time: now its row says so, and another one is next. */
  readonly attempt?: Attempt;
}

async function claimOnce(
  context: TaskContext,
  tx: Writing,
  runner: string,
  { from, now }: Span,
): Promise<Claimed | undefined> {
  const queue = await lockQueue(context, tx, from, now);
  if (queue === undefined) return undefined;
  const { account, waiting_since: waitingSince } = queue;
  const waiting = await waitingTasks(tx, queue);
  const chosen = waiting.find((task) => task.not_before <= now);
  const rest = waiting.filter((task) => task !== chosen);
  const watermark = rest[0] === undefined ? (chosen?.id ?? queue.watermark) : rest[0].id - 1;
  const readyAt = Math.max(
    now,
    Math.min(...rest.map(({ not_before }) => not_before), Number.MAX_SAFE_INTEGER),
  );
  if (chosen === undefined) {
    await tx.run('update queue set watermark = $1, waiting_since = $2 where account = $3', [
      watermark,
      readyAt,
      account,
    ]);
    return { waitingSince };
  }
  const event = await takeRun(tx, account, watermark, rest.length === 0 ? now : readyAt);
  const attempt = await startTask(context, tx, { account, id: chosen.id, event, runner }, now);
  return { waitingSince, attempt };
}

interface QueueRow {
  readonly account: number;
  readonly watermark: number;
  readonly waiting_since: number;
}

/**
 * Locks one account's row. Two runners that each lock a waiting *task* of one account both see nothing running and
 * start both: so the account is what is locked, and its counts decide.
 */
function lockQueue(
  { database, limits }: TaskContext,
  tx: Writing,
  from: number,
  now: number,
): Promise<QueueRow | undefined> {
  return tx.one<QueueRow>(claimableText(database.skipLockedText), [limits.maxRunning, from, now]);
}

/** Along `queue_waiting`. */
const claimableText = (lock: string): string =>
  `select account, watermark, waiting_since from queue
    where unfinished > running and running < $1 and waiting_since >= $2 and waiting_since <= $3
    order by waiting_since, account limit 1${lock}`;

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
  account: number,
  watermark: number,
  waitingSince: number,
): Promise<number> {
  const row = await tx.one<{ events: number }>(
    `update queue set running = running + 1, waiting_since = $1, watermark = $2, events = events + 1
      where account = $3 returning events`,
    [waitingSince, watermark, account],
  );
  if (row === undefined) throw new Error(`the queue row of account ${account} vanished under its lock`);
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
