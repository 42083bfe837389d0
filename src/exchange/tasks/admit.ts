import type { Writing } from '../../database/database.ts';
import { type AccountKey, taskId } from '../../platform/ids.ts';
import type { Creation } from '../index.ts';
import type { Task } from '../task.ts';
import type { TaskContext } from './context.ts';
import { TASKS_CHANNEL, taskEvents } from './moves.ts';
import type { AdmitOutcome } from './store.ts';

/** Takes a place in the account's queue and makes the task, or says that the queue is full. */
export async function admitTask(context: TaskContext, creation: Creation): Promise<AdmitOutcome> {
  const { maxUnfinished } = context.limits;
  const now = context.steady.now();
  return context.database.write(async (tx): Promise<AdmitOutcome> => {
    const place =
      (await takePlace(tx, creation.account, maxUnfinished, now)) ??
      (await makeQueue(tx, creation.account, now)) ??
      (await takePlace(tx, creation.account, maxUnfinished, now));
    if (place === undefined) return { kind: 'full' };
    return { kind: 'admitted', task: await insertTask(context, tx, creation, place) };
  });
}

/** The numbers of the new task and of its event. */
interface Place {
  readonly tasks: number;
  readonly events: number;
}

/**
 * The condition is decided on the row that the update locks: forty creations at once get exactly the places there are
 * (reading the count first and inserting afterwards would let several through). Served by the primary key.
 */
function takePlace(
  tx: Writing,
  account: AccountKey,
  maxUnfinished: number,
  now: number,
): Promise<Place | undefined> {
  return tx.one<Place>(
    `update queue set unfinished = unfinished + 1, tasks = tasks + 1, events = events + 1,
        waiting_since = case when unfinished = running or waiting_since > $1 then $1 else waiting_since end
      where account = $2 and unfinished < $3 returning tasks, events`,
    [now, account, maxUnfinished],
  );
}

/** The account's row, at its first task; of several that race one makes it and the others wait for it. */
async function makeQueue(tx: Writing, account: AccountKey, now: number): Promise<undefined> {
  await tx.run(
    `insert into queue (account, unfinished, running, tasks, events, waiting_since, watermark)
      values ($1, 0, 0, 0, 0, $2, 0) on conflict (account) do nothing`,
    [account, now],
  );
}

async function insertTask(
  { clock, ids, events }: TaskContext,
  tx: Writing,
  { account, owner, request }: Creation,
  place: Place,
): Promise<Task> {
  const id = taskId(ids.uuid());
  const createdAt = clock.now();
  await tx.run(
    `insert into task (account, id, uuid, state, owner_type, owner_id, request, request_url, created_at, event,
        attempt, failures, lapses, not_before, progress_rows)
      values ($1, $2, $3, 'PENDING', $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, 0)`,
    [
      account,
      place.tasks,
      id,
      owner.type,
      owner.id,
      JSON.stringify(request),
      request.url,
      createdAt,
      place.events,
    ],
  );
  await events.record(tx, taskEvents({ account, id, base: request.base }, 'CREATE'));
  tx.wake(TASKS_CHANNEL);
  const progress = { rows: 0, percent: 0 };
  return { account, id, owner, request, createdAt, attempt: 0, progress, state: 'PENDING' };
}
