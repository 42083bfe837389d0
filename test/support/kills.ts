/** What kill tests share: a site, the task as the database has it, and what must be true in the end. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import type { Task } from '../../src/exchange/task.ts';
import { sqlTaskStore } from '../../src/exchange/tasks/sql-store.ts';
import type { TaskStore } from '../../src/exchange/tasks/store.ts';
import { steadyClock, systemClock } from '../../src/platform/clock.ts';
import { accountKey, randomIds, type TaskId } from '../../src/platform/ids.ts';
import type { ExchangeProcess } from './exchange-process.ts';
import type { Site } from './exchanges.ts';
import { QUEUE_LIMITS } from './queues.ts';
import { recordedEvents, recordingEvents } from './recorded-events.ts';
import { toyAnswer } from './toy-source.ts';

/** Two pieces of a file and a bit. */
export const ROWS = 60_000;

export const setupOf = ({ opened, folder, control }: Site) => ({
  databaseUrl: opened.url,
  results: folder,
  controlPort: control.port,
});

/** The queue as the test process has it, beside the servers. */
export function storeOf({ opened }: Site): TaskStore {
  return sqlTaskStore({
    database: opened.database,
    events: recordingEvents,
    clock: systemClock(),
    steady: steadyClock(),
    ids: randomIds,
    limits: QUEUE_LIMITS,
  });
}

export const taskOf = (site: Site, id: TaskId): Promise<Task | undefined> =>
  storeOf(site).find(accountKey(1), id);

/** DONE with the right rows in one gzip member, told once, and no other file. */
export async function assertBuiltOnce(
  site: Site,
  server: ExchangeProcess,
  id: TaskId,
  attempt?: number,
): Promise<void> {
  const task = await taskOf(site, id);
  assert.ok(task?.state === 'DONE', `the task is ${task?.state}`);
  if (attempt !== undefined) assert.equal(task.attempt, attempt);
  assert.equal(task.result.name, `${id}-${task.attempt}`);
  const stored = await readFile(join(site.folder, task.result.name));
  const member = inflateRawSync(stored.subarray(10), { info: true }) as unknown as {
    engine: { bytesWritten: number };
  };
  assert.equal(member.engine.bytesWritten + 18, stored.length);
  assert.deepEqual(JSON.parse(gunzipSync(stored).toString()), toyAnswer(ROWS));
  await server.sweep();
  assert.deepEqual(await site.files(), [`${id}-${task.attempt}`, `${id}-${task.attempt}.index`]);
  const events = await recordedEvents(site.opened.database, id);
  assert.equal(events.filter((action) => action === 'PROCESSED').length, 1);
}
