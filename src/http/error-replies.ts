/** Errors become answers here and nowhere else: the API's own by their table, all others as 500 with an id. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, apiError, type Language, renderErrors } from '../contract/errors.ts';
import { ERRORS_PAGE, siteOf } from './addresses.ts';
import { type Answer, send } from './answer.ts';
import { ClientGone, cutLater, discardBody } from './bodies.ts';
import { languageOf } from './negotiate.ts';
import type { ServerOptions } from './options.ts';

/** An error of the API that needs headers beside its body. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly error: ApiError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(error: ApiError, headers: Readonly<Record<string, string>>) {
    super(error.message, { cause: error });
    this.error = error;
    this.headers = headers;
  }
}

/** Seconds in a header, never less than one and never more hopeful than the truth. */
export const wholeSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

/** Answers a request that failed, after what the client is still sending has been read. */
export async function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: Pick<ServerOptions, 'announce' | 'publicUrl'>,
): Promise<FastifyReply> {
  const answer = error instanceof ClientGone ? undefined : answerOf(error, request, options);
  if (answer === undefined || request.raw.socket.destroyed) {
    options.announce('request.abandoned', { request: request.id, method: request.method }, 'debug');
    return reply.hijack();
  }
  if (!(await discardBody(request.raw))) reply.raw.once('finish', () => cutLater(request.raw.socket));
  return send(request, reply, answer);
}

function answerOf(
  error: unknown,
  request: FastifyRequest,
  options: Pick<ServerOptions, 'announce' | 'publicUrl'>,
): Answer {
  const language = languageOf(request.headers);
  const site = siteOf(request, options);
  if (error instanceof Refusal) return { ...apiAnswer(error.error, language, site), headers: error.headers };
  if (error instanceof ApiError) return apiAnswer(error, language, site);
  // Nothing of the cause is shown: it may name files, tables or other accounts.
  options.announce(
    'request.failed',
    { request: request.id, method: request.method, path: request.url.split('?')[0], error },
    'error',
  );
  return apiAnswer(apiError(1999, [request.id]), language, site);
}

/** The body of an error in a language; `site` is where our page of error codes lies. */
export function apiAnswer(error: ApiError, language: Language, site: string): Answer {
  return { status: error.status, body: renderErrors(error, language, `${site}${ERRORS_PAGE}`) };
}
