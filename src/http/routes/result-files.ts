/**
 * Results behind their signed links. No credentials are asked for, and any `Authorization` is tolerated: some clients
 * forward it through the redirect (contract: The asynchronous exchange, §5).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiError } from '../../contract/errors.ts';
import { RESULTS_PATH } from '../../exchange/result-links.ts';
import { targetOf } from '../addresses.ts';
import { Refusal } from '../error-replies.ts';
import { headerText } from '../negotiate.ts';
import type { ServerOptions } from '../options.ts';
import { refuseOtherMethods } from '../route.ts';

/** What is refused, with no hint why. */
const REFUSALS = {
  401: () =>
    apiError(1056, [{ en: 'the link is not valid or has expired', ru: 'ссылка неверна или устарела' }]),
  404: (path: string) => apiError(1002, [path]),
  416: () => apiError(90007),
} as const;

const READING = ['GET', 'HEAD'] as const;

export function resultFileRoutes(app: FastifyInstance, options: ServerOptions): void {
  refuseOtherMethods(app, `${RESULTS_PATH}*`, [...READING]);
  app.route({
    method: [...READING],
    url: `${RESULTS_PATH}*`,
    handler: (request, reply) => download(request, reply, options),
  });
}

/**
 * Bytes go out as the client reads them. Where it goes away the source is destroyed, and nothing is wrong; where the
 * source fails after the first byte the connection is cut, since a short file must not look whole.
 */
async function download(
  request: FastifyRequest,
  reply: FastifyReply,
  { exchange, announce }: ServerOptions,
): Promise<FastifyReply> {
  const { headers } = request;
  const [path = ''] = request.url.split('?', 1);
  const answer = await exchange.download({
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    path,
    query: targetOf(request.url).query,
    headers: {
      'accept-encoding': headerText(headers['accept-encoding']),
      range: headerText(headers.range),
      'if-range': headerText(headers['if-range']),
      'if-none-match': headerText(headers['if-none-match']),
    },
  });
  const { status, headers: told, body } = answer;
  // The length told is that of no body; ours has another.
  const { 'Content-Length': _none, ...others } = told;
  if (status === 401 || status === 404 || status === 416) throw new Refusal(REFUSALS[status](path), others);
  reply.code(status).headers(told);
  if (body === undefined) return reply.send();
  body.on('error', (error) => {
    if (!request.raw.socket.destroyed) {
      announce('download.failed', { request: request.id, path, error }, 'error');
    }
  });
  return reply.send(body);
}
