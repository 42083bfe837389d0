/** What every change of a task's state has in common: the account's row first, the event beside it. */
import type { Database, Writing } from '../../database/database.ts';
import type { DomainEvent } from '../../platform/events.ts';
import type { AccountKey, TaskId } from '../../platform/ids.ts';
import type { AttemptKey } from './store.ts';
import type { ExchangeTables, TaskTable } from './tables.ts';

/** Rolls a move back that the task's state, attempt or lease forbids. Never leaves `move`. */
class MoveForbidden extends Error {}

/** Ends the move that is under way: nothing of it stays. */
export function forbid(): never {
  throw new MoveForbidden();
}

/** One transaction that moves tasks; undefined when it was forbidden and left no trace. */
export async function move<T>(database: Database, work: (tx: Writing) => Promise<T>): Promise<T | undefined> {
  try {
    return await database.write(work);
  } catch (error) {
    if (error instanceof MoveForbidden) return undefined;
    throw error;
  }
}

/**
 * Takes the account's next event and gives back the place of a task that ends. The first statement of every move but a
 * claim, which picks the row itself: whoever changed the queue's row holds all tasks of the account, so no two moves of
 * an account can lock each other out. Wakes runners when the account still has something waiting.
 */
export async function leaveQueue(
  tx: Writing,
  account: AccountKey,
  from: 'PENDING' | 'PROCESSING',
  now: number,
): Promise<number> {
  const row = await tx.one<{ events: number; waiting: number }>(
    from === 'PENDING'
      ? `update queue set events = events + 1, unfinished = unfinished - 1
          where account = $1 returning events, unfinished - running as waiting`
      : `update queue set events = events + 1, unfinished = unfinished - 1, running = running - 1,
            waiting_since = case when waiting_since > $2 then waiting_since else $2 end
          where account = $1 returning events, unfinished - running as waiting`,
    from === 'PENDING' ? [account] : [account, now],
  );
  if (row === undefined) forbid();
  if (row.waiting > 0) tx.wake(TASKS_CHANNEL);
  return row.events;
}

/**
 * Moves a task out of PROCESSING, if the attempt is still the task's own and, with `lapsedBy`, its lease has run out by
 * then; says whether it did. Along the primary key.
 */
export async function moveAttempt(
  tx: Writing,
  { account, number, attempt }: AttemptKey,
  change: Partial<TaskTable>,
  lapsedBy?: number,
): Promise<boolean> {
  const update = tx
    .tables<ExchangeTables>()
    .updateTable('task')
    .set({ ...change, lease_until: null, runner: null, attempt_since: null })
    .where('account', '=', account)
    .where('id', '=', number)
    .where('attempt', '=', attempt)
    .where('state', '=', 'PROCESSING');
  const bounded = lapsedBy === undefined ? update : update.where('lease_until', '<=', lapsedBy);
  const { numUpdatedRows } = await bounded.executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The events of one move: what webhooks are made of. */
export function taskEvents(
  { account, id, base }: { readonly account: AccountKey; readonly id: TaskId; readonly base: string },
  ...actions: readonly DomainEvent['action'][]
): DomainEvent[] {
  return actions.map((action) => ({ account, entityType: 'async', action, id, base }));
}

/** Wakes runners: a task may be started. */
export const TASKS_CHANNEL = 'tasks';
/** Wakes runners: a task that one of them builds was cancelled. */
export const CANCELLED_CHANNEL = 'tasks-cancelled';
