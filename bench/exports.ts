/** Asynchronous exports through the API, as a client makes them. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from './waybill.ts';

/** The whole stock of every store. */
export const WHOLE_STOCK = 'filter=stockMode=all';

const POLL_EVERY_MS = 50;
const ROWS = Buffer.from('"rows":[');

export interface Accepted {
  /** Address of the task. */
  readonly status: string;
  /** When the 202 was here, in ms since the epoch. */
  readonly acceptedAt: number;
}

interface TaskRecord {
  readonly state: string;
  readonly finished?: string;
  readonly resultUrl?: string;
}

/** Orders an export. */
export async function order(server: Server, query: string): Promise<Accepted> {
  const response = await fetch(`${server.url}/report/stock/bystore?async=true&${query}`, authorized(server));
  const acceptedAt = performance.timeOrigin + performance.now();
  const body = await response.text();
  // `Location` leads to the result.
  const status = response.headers.get('content-location');
  if (response.status !== 202 || status === null)
    throw new Error(`202 expected, not ${response.status}: ${body}`);
  return { status, acceptedAt };
}

/** Waits until a task is DONE; its record. */
export async function done(server: Server, { status }: Accepted): Promise<TaskRecord> {
  for (;;) {
    const response = await fetch(status, authorized(server));
    const task = (await response.json()) as TaskRecord;
    if (task.state === 'DONE') return task;
    if (task.state !== 'PENDING' && task.state !== 'PROCESSING')
      throw new Error(`the task ended as ${JSON.stringify(task)}`);
    await pause(POLL_EVERY_MS);
  }
}

/** Exports once; ms from the 202 to the task's `finished` (the server's time zone is UTC). */
export async function timeExport(server: Server, query = WHOLE_STOCK): Promise<number> {
  const accepted = await order(server, query);
  const { finished } = await done(server, accepted);
  return Date.parse(`${finished?.replace(' ', 'T')}Z`) - accepted.acceptedAt;
}

/** Exports once; a digest of the result's rows. */
export async function exportRows(server: Server, query = WHOLE_STOCK): Promise<string> {
  const { resultUrl } = await done(server, await order(server, query));
  const response = await fetch(resultUrl!, authorized(server));
  if (!response.ok || response.body === null)
    throw new Error(`the result cannot be read: ${response.status}`);
  return rowsDigest(response.body);
}

/** sha256 of a body from its rows on: what stands before them differs from one program to the next. */
export async function rowsDigest(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of body) {
    if (head === undefined) {
      hash.update(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const at = head.indexOf(ROWS);
    if (at < 0) continue;
    hash.update(head.subarray(at));
    head = undefined;
  }
  if (head !== undefined) throw new Error('a body without rows');
  return hash.digest('hex');
}

/** A synchronous page, with hrefs that do not tell which server gave it. */
export async function page(server: Server, query: string): Promise<Page> {
  const response = await fetch(`${server.url}/report/stock/bystore?${query}`, authorized(server));
  return JSON.parse((await response.text()).replaceAll(server.url, '')) as Page;
}

interface Page {
  readonly meta: { readonly size: number };
  readonly rows: readonly object[];
}

const authorized = ({ token }: Server): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });
