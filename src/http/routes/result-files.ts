/**
 * Results behind their signed links. No credentials are asked for, and any `Authorization` is tolerated: some clients
 * forward it through the redirect (contract: The asynchronous exchange, §5).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { targetOf } from '../addresses.ts';
import { headerText } from '../negotiate.ts';
import type { ServerOptions } from '../options.ts';

const RESULTS_PATH = '/apiasynctaskresult';

export function resultFileRoutes(app: FastifyInstance, options: ServerOptions): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${RESULTS_PATH}/*`,
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
  const {
    status,
    headers: told,
    body,
  } = await exchange.download({
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
  reply.code(status).headers(told);
  if (body === undefined) return reply.send();
  body.on('error', (error) => {
    if (!request.raw.socket.destroyed) {
      announce('download.failed', { request: request.id, path, err: error }, 'error');
    }
  });
  return reply.send(body);
}
