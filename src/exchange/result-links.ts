/** Links to results, and what they answer: made afresh for each request, checked with this process's clock. */
import type { Clock } from '../platform/clock.ts';
import type { Download, DownloadRequest } from './index.ts';
import type { ResultStore } from './ports.ts';
import { answerDownload } from './results/download.ts';
import { checkLink, linkExpires, signLink } from './results/temp-url.ts';
import type { Task } from './task.ts';
import type { TaskContext } from './tasks/context.ts';
import { findResult } from './tasks/find.ts';

export interface LinkPorts {
  readonly context: TaskContext;
  readonly results: ResultStore;
  readonly clock: Clock;
  readonly linkSecret: Uint8Array;
}

/** Results are served under this path of the link base. */
export const RESULTS_PATH = '/results/';

/**
 * A link to a result, good for five minutes but never beyond its deletionDate; undefined once that has come. The path
 * is signed without the base, which a proxy may rewrite.
 */
export function makeLink(
  { clock, linkSecret }: LinkPorts,
  { id, result }: Extract<Task, { state: 'DONE' }>,
  linkBase: string,
): { readonly link: string; readonly expiresAt: number } | undefined {
  const now = clock.now();
  const expires = linkExpires(now, result.deletionAt);
  // In the last second before deletionDate there is no whole second left to promise.
  if (now >= expires * 1000) return undefined;
  const path = `${RESULTS_PATH}${result.name}`;
  const filename = `asynctask_${id}_result.json`;
  const link = `${linkBase}${signLink({ path, expires, filename, secret: linkSecret })}`;
  return { link, expiresAt: expires * 1000 };
}

/** What a link gives: the file, or 401 for one that is not ours, was changed or is over, without a hint which. */
export async function followLink(
  { context, results, clock, linkSecret }: LinkPorts,
  { method, path, query, headers }: DownloadRequest,
): Promise<Download> {
  const link = checkLink({ path, query, secret: linkSecret, now: clock.now() });
  if (link === undefined || !path.startsWith(RESULTS_PATH)) return { status: 401, headers: {} };
  const stored = await findResult(context, path.slice(RESULTS_PATH.length));
  const answer =
    stored && (await answerDownload(results, stored, { method, headers, filename: link.filename }));
  return answer ?? { status: 404, headers: {} };
}
