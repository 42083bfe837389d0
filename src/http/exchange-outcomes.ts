/**
 * Outcomes of the exchange as answers: the one place that knows which is which error of the API (contract: The
 * asynchronous exchange, §2, §5, §6).
 */
import { apiError } from '../contract/errors.ts';
import { taskHref, taskResultHref } from '../contract/href.ts';
import { QUEUE_FULL_RETRY_MAX_MS } from '../contract/limits.ts';
import type { CancelOutcome, CreateOutcome, PageOutcome, ResultOutcome } from '../exchange/index.ts';
import type { TaskId } from '../platform/ids.ts';
import { type Answer, ok } from './answer.ts';
import { Refusal, wholeSeconds } from './error-replies.ts';

/** 202 with the two addresses; `Link` says which is the status, since clients swap them. */
export function createdAnswer(outcome: CreateOutcome, base: string): Answer {
  if (outcome.kind === 'full') {
    const retryMs = Math.max(1, Math.min(QUEUE_FULL_RETRY_MAX_MS, Math.ceil(outcome.retryAfterMs)));
    // Never X-Lognex-Auth: its 429002 and 429005 name the request limits.
    throw new Refusal(apiError(61002), {
      'Retry-After': wholeSeconds(retryMs),
      'X-Lognex-Retry-After': String(retryMs),
    });
  }
  if (outcome.kind === 'unavailable') throw apiError(61008);
  const { id } = outcome.task;
  const status = taskHref(base, id);
  return {
    status: 202,
    headers: {
      Location: taskResultHref(base, id),
      'Content-Location': status,
      Link: `<${status}>; rel="status"`,
    },
  };
}

/** A page, or what the report has against the request. */
export function pageAnswer(outcome: PageOutcome): Answer {
  if (outcome.kind === 'page') return ok(outcome.body);
  if (outcome.kind === 'refused') return { status: outcome.status, body: { errors: outcome.errors } };
  if (outcome.kind === 'failed') throw outcome.cause;
  throw new Refusal(apiError(90006), { 'Retry-After': wholeSeconds(outcome.retryAfterMs) });
}

/** 302 to the signed link, or why there is none. */
export function resultAnswer(outcome: ResultOutcome, base: string, id: TaskId): Answer {
  switch (outcome.kind) {
    case 'link':
      return { status: 302, headers: { Location: outcome.link, 'Cache-Control': 'no-store' } };
    case 'refused':
      return { status: outcome.status, body: { errors: outcome.errors } };
    case 'deleted':
      throw apiError(61003);
    case 'failed':
      throw apiError(61004);
    case 'cancelled':
      throw apiError(61005);
    case 'unready':
      throw new Refusal(apiError(61006, [taskHref(base, id)]), {
        'Retry-After': wholeSeconds(outcome.retryAfterMs),
      });
    case 'unknown':
      throw unknownTask(id);
  }
}

/** 204, or why not. */
export function cancelAnswer(outcome: CancelOutcome, id: TaskId): Answer {
  if (outcome.kind === 'cancelled') return { status: 204 };
  if (outcome.kind === 'finished') throw apiError(61007);
  throw unknownTask(id);
}

/** The same for a foreign task as for one that never was. */
export const unknownTask = (id: TaskId) => apiError(1021, ['async', id]);
