import type { Writing } from '../../database/database.ts';
import type { Tally } from '../retries.ts';
import type { TaskContext } from './context.ts';
import { forbid, move, moveAttempt, TASKS_CHANNEL, taskEvents } from './moves.ts';
import type { Attempt, MoveOutcome } from './store.ts';

/**
 * Gives a task back to the queue, not to be started before `notBefore` (Steady ms): its runner drains, was lost, or the
 * attempt failed.
 */
export async function releaseTask(
  { database, steady, events }: TaskContext,
  attempt: Attempt,
  tally: Tally,
  notBefore: number,
  lapsedBy?: number,
): Promise<MoveOutcome> {
  const { account, id, request } = attempt;
  const outcome = await move(database, async (tx) => {
    const event = await rejoinQueue(tx, attempt, notBefore, steady.now());
    const change = {
      state: 'PENDING',
      event,
      started_at: null,
      not_before: notBefore,
      failures: tally.failures,
      lapses: tally.lapses,
      stalled_since: tally.stalledSince ?? null,
    } as const;
    if (!(await moveAttempt(tx, attempt, change, lapsedBy))) forbid();
    await events.record(tx, taskEvents({ account, id, base: request.base }, 'UPDATE'));
    tx.wake(TASKS_CHANNEL);
    return 'moved' as const;
  });
  return outcome ?? 'lost';
}

/**
 * Takes the account's next event and gives back the place to run. The place in the queue stays, so the next claim of
 * the account must look at the task again: the watermark goes below it. The account waits from now on, or from when
 * the first of its waiting tasks may start.
 */
async function rejoinQueue(
  tx: Writing,
  { account, number }: Attempt,
  notBefore: number,
  now: number,
): Promise<number> {
  const ready = Math.max(now, notBefore);
  const row = await tx.one<{ events: number }>(
    `update queue set events = events + 1, running = running - 1,
        watermark = case when watermark < $1 then watermark else $1 - 1 end,
        waiting_since = case
          when unfinished = running then $2
          when waiting_since <= $3 then $3
          when waiting_since < $2 then waiting_since
          else $2 end
      where account = $4 returning events`,
    [number, ready, now, account],
  );
  if (row === undefined) forbid();
  return row.events;
}
