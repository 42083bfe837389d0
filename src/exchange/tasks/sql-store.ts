import { admitTask } from './admit.ts';
import { cancelTask } from './cancel.ts';
import { Claims } from './claim.ts';
import type { TaskContext } from './context.ts';
import { giveUpTask, staleTasks } from './expire.ts';
import { findTask, lapsedAttempts } from './find.ts';
import { finishTask } from './finish.ts';
import { listTasks } from './list.ts';
import { releaseTask } from './release.ts';
import { lookUpAttempts, renewLeases } from './renew.ts';
import type { TaskStore } from './store.ts';

/** The queue in SQL: a file a verb. */
export function sqlTaskStore(context: TaskContext): TaskStore {
  const claims = new Claims(context);
  return {
    admit: (creation) => admitTask(context, creation),
    claim: (runner) => claims.claim(runner),
    hasClaimable: () => claims.hasClaimable(),
    renew: (beats) => renewLeases(context, beats),
    lookUp: (attempts) => lookUpAttempts(context, attempts),
    finish: (attempt, ending, lapsedBy) => finishTask(context, attempt, ending, lapsedBy),
    release: (attempt, tally, notBefore, lapsedBy) =>
      releaseTask(context, attempt, tally, notBefore, lapsedBy),
    lapsed: (span, limit) => lapsedAttempts(context, span, limit),
    cancel: (account, id) => cancelTask(context, account, id),
    giveUp: (attempt, failure) => giveUpTask(context, attempt, failure),
    stale: (limit) => staleTasks(context, limit),
    find: (account, id) => findTask(context, account, id),
    list: (account, query) => listTasks(context, account, query),
  };
}
