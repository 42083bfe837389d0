/** What the door may ask of tasks: outcomes, which `http/` turns into the API's answers. */
import type { Announce } from '../platform/announcements.ts';
import type { AccountKey, TaskId } from '../platform/ids.ts';
import { RETRY_WHEN_FULL_MS, retryWhenUnready } from './admission.ts';
import type { CancelOutcome, CreateOutcome, Creation, Exchange, ResultOutcome } from './index.ts';
import type { Task } from './task.ts';
import type { TaskStore } from './tasks/store.ts';

export interface VerbPorts {
  readonly store: TaskStore;
  readonly announce: Announce;
  /** A fresh link to the result of a task that is DONE; undefined once it is gone. */
  readonly link: (
    task: Extract<Task, { state: 'DONE' }>,
    linkBase: string,
  ) => { readonly link: string; readonly expiresAt: number } | undefined;
}

/** The exchange's verbs on tasks. */
export function taskVerbs(
  ports: VerbPorts,
): Pick<Exchange, 'create' | 'find' | 'list' | 'result' | 'cancel'> {
  const { store } = ports;
  return {
    create: (creation) => createTask(ports, creation),
    find: (account, id) => store.find(account, id),
    list: (account, query) => store.list(account, query),
    result: (account, id, linkBase) => resultOf(ports, account, id, linkBase),
    cancel: (account, id) => cancelTask(ports, account, id),
  };
}

async function createTask({ store, announce }: VerbPorts, creation: Creation): Promise<CreateOutcome> {
  const { account, request } = creation;
  try {
    const outcome = await store.admit(creation);
    if (outcome.kind === 'full') {
      announce('task.rejected', { account, path: request.path });
      return { kind: 'full', retryAfterMs: RETRY_WHEN_FULL_MS };
    }
    announce('task.created', { task: outcome.task.id, account, path: request.path });
    return { kind: 'created', task: outcome.task };
  } catch (cause) {
    // JSON API 1.2, 61008: whatever keeps a task from being stored passes.
    announce('task.unstored', { account, path: request.path, error: cause }, 'error');
    return { kind: 'unavailable', cause };
  }
}

async function resultOf(
  { store, link }: VerbPorts,
  account: AccountKey,
  id: TaskId,
  linkBase: string,
): Promise<ResultOutcome> {
  const task = await store.find(account, id);
  switch (task?.state) {
    case undefined:
      return { kind: 'unknown' };
    case 'PENDING':
    case 'PROCESSING':
      return { kind: 'unready', retryAfterMs: retryWhenUnready(task.progress) };
    case 'API_ERROR':
      return { kind: 'refused', ...task.refusal };
    case 'ERROR':
      return { kind: 'failed' };
    case 'CANCEL':
      return { kind: 'cancelled' };
    case 'DONE': {
      const made = link(task, linkBase);
      return made === undefined ? { kind: 'deleted' } : { kind: 'link', ...made };
    }
  }
}

async function cancelTask(
  { store, announce }: VerbPorts,
  account: AccountKey,
  id: TaskId,
): Promise<CancelOutcome> {
  const kind = await store.cancel(account, id);
  if (kind === 'cancelled') announce('task.cancelled', { task: id, account });
  return { kind };
}
