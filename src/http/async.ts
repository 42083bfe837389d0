/**
 * `async=true`: a task instead of an answer (contract: The asynchronous exchange, §1, §2). Checked here, in this order:
 * the value, the path, the window, the queue. All that concerns the report itself is found out by the task.
 */
import { apiError } from '../contract/errors.ts';
import { namesPage, parseQuery, wantsAsync } from '../contract/query.ts';
import { targetOf } from './addresses.ts';
import type { Answer } from './answer.ts';
import { type Ask, sourceRequestOf } from './ask.ts';
import { createdAnswer } from './exchange-outcomes.ts';
import type { ServerOptions } from './options.ts';

/** Whether a request is to become a task; refused where it asks for one and cannot. */
export function isAsynchronous(
  { method, url }: { readonly method: string; readonly url: string },
  { asynchronous }: Pick<ServerOptions, 'asynchronous'>,
): boolean {
  const { path, query } = targetOf(url);
  const parameters = parseQuery(query);
  if (!wantsAsync(parameters)) return false;
  if (method !== 'GET' || !asynchronous.includes(path)) throw apiError(61000);
  if (namesPage(parameters)) throw apiError(61001);
  return true;
}

/** Makes the task. */
export async function createTask(ask: Ask, { exchange }: Pick<ServerOptions, 'exchange'>): Promise<Answer> {
  const { account, id, kind } = ask.principal;
  const outcome = await exchange.create({
    account,
    owner: { type: kind, id },
    request: sourceRequestOf(ask),
  });
  return createdAnswer(outcome, ask.base);
}
