/** A task as the API shows it (contract: The asynchronous exchange, §3 and §9). */
import { taskResultHref } from '../contract/href.ts';
import { entityMetaWithPage, taskMeta } from '../contract/meta.ts';
import { formatMoment } from '../contract/moments.ts';
import type { Zone } from '../contract/zones.ts';
import type { Task } from '../exchange/task.ts';
import type { Ask } from './ask.ts';

/**
 * What is absent is left out, never null; `errors` stands in API_ERROR only, `resultUrl` and `deletionDate` in DONE:
 * clients fail on anything else. The fields after those are ours.
 */
export function taskRecord(
  task: Task,
  { base, principal }: Pick<Ask, 'base' | 'principal'>,
  zone: Zone,
): object {
  const written = (ms: number): string => formatMoment(ms, zone);
  return {
    meta: taskMeta(base, task.id),
    id: task.id,
    accountId: principal.accountId,
    owner: { meta: entityMetaWithPage(base, task.owner.type, task.owner.id) },
    state: task.state,
    request: task.request.url,
    ...(task.state === 'DONE' && {
      resultUrl: taskResultHref(base, task.id),
      deletionDate: written(task.result.deletionAt),
    }),
    ...(task.state === 'API_ERROR' && { errors: task.refusal.errors }),
    created: written(task.createdAt),
    ...('startedAt' in task && task.startedAt !== undefined && { started: written(task.startedAt) }),
    ...('finishedAt' in task && { finished: written(task.finishedAt) }),
    progress: task.progress,
    attempt: task.attempt,
    ...(task.state === 'DONE' && { result: resultOf(task.result, written) }),
  };
}

function resultOf(
  { rows, bytes, sha256, format, snapshot }: Extract<Task, { state: 'DONE' }>['result'],
  written: (ms: number) => string,
): object {
  const { sequence, moment } = snapshot;
  return { rows, bytes, sha256, format, snapshot: { moment: written(moment), sequence } };
}
