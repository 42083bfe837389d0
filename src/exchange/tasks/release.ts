import type { Tally } from '../retries.ts';
import type { TaskContext } from './context.ts';
import { changeQueue, forbid, move, moveAttempt, taskEvents } from './moves.ts';
import type { Attempt, MoveOutcome } from './store.ts';

/**
 * Gives a task back to the queue, not to be started before `notBefore` (Steady ms): its runner drains, was lost, or the
 * attempt failed. Its place in the queue stays, so the next claim of the account must look at it again: the watermark
 * goes below it.
 */
export async function releaseTask(
  { database, events }: TaskContext,
  attempt: Attempt,
  tally: Tally,
  notBefore: number,
  lapsedBy?: number,
): Promise<MoveOutcome> {
  const { account, number } = attempt;
  const outcome = await move(database, async (tx) => {
    const event = await changeQueue(tx, account, { unfinished: 0, running: -1 });
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
    await tx.run(
      `update queue set watermark = case when watermark < $1 then watermark else $1 - 1 end,
          ready_at = case when ready_at < $2 then ready_at else $2 end
        where account = $3`,
      [number, notBefore, account],
    );
    await events.record(tx, taskEvents({ account, id: attempt.id, base: attempt.request.base }, 'UPDATE'));
    return 'moved' as const;
  });
  return outcome ?? 'lost';
}
