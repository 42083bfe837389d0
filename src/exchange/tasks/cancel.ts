import type { AccountKey, TaskId } from '../../platform/ids.ts';
import { isFinal, type State } from '../task.ts';
import type { TaskContext } from './context.ts';
import { CANCELLED_CHANNEL, forbid, leaveQueue, move, taskEvents } from './moves.ts';
import { requestFrom } from './row.ts';

/** The part of a task that decides its cancelling. */
interface Subject {
  readonly id: number;
  readonly state: State;
  readonly request: string;
}

/**
 * Cancels a task that is PENDING or PROCESSING; its place in the queue is free with the commit. Whoever builds it finds
 * out by its next look, or is woken.
 */
export async function cancelTask(
  context: TaskContext,
  account: AccountKey,
  id: TaskId,
): Promise<'cancelled' | 'finished' | 'unknown'> {
  for (;;) {
    const subject = await readSubject(context, account, id);
    if (subject === undefined) return 'unknown';
    if (isFinal(subject.state)) return 'finished';
    // Forbidden when the task moved since it was read: then it is read again.
    if (await cancelFrom(context, account, id, subject)) return 'cancelled';
  }
}

function readSubject(
  { database }: TaskContext,
  account: AccountKey,
  id: TaskId,
): Promise<Subject | undefined> {
  return database.read((queries) =>
    queries.one<Subject>('select id, state, request from task where uuid = $1 and account = $2', [
      id,
      account,
    ]),
  );
}

async function cancelFrom(
  { database, clock, steady, events }: TaskContext,
  account: AccountKey,
  id: TaskId,
  subject: Subject,
): Promise<boolean> {
  const from = subject.state === 'PROCESSING' ? 'PROCESSING' : 'PENDING';
  const outcome = await move(database, async (tx) => {
    const event = await leaveQueue(tx, account, from, steady.now());
    const changed = await tx.run(
      `update task set state = 'CANCEL', event = $1, finished_at = $2, lease_until = null, runner = null,
          attempt_since = null
        where account = $3 and id = $4 and state = $5`,
      [event, clock.now(), account, subject.id, from],
    );
    if (changed === 0) forbid();
    await events.record(tx, taskEvents({ account, id, base: requestFrom(subject.request).base }, 'UPDATE'));
    if (from === 'PROCESSING') tx.wake(CANCELLED_CHANNEL);
    return true;
  });
  return outcome ?? false;
}
