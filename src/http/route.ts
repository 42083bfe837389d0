/** How a path is served: its methods, and 405 with `Allow` for the others. */
import type { FastifyInstance } from 'fastify';
import { ApiError, apiError } from '../contract/errors.ts';
import { withPlaces } from '../contract/json.ts';
import { type Answer, send } from './answer.ts';
import { type Ask, askOf } from './ask.ts';
import { bodyOf } from './bodies.ts';
import { Refusal } from './error-replies.ts';
import type { ServerOptions } from './options.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Handler = (ask: Ask) => Promise<Answer>;
export type Methods = Readonly<Partial<Record<Method, Handler>>>;

/** What Fastify routes; other methods are so rare that they find no path. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** Only these have a body; that of others is ignored, whatever it is. */
const WITH_BODY: readonly string[] = ['POST', 'PUT'];

/** Serves a path below the base. HEAD goes with GET. */
export function route(
  app: FastifyInstance,
  path: string,
  methods: Methods,
  options: Pick<ServerOptions, 'publicUrl'>,
): void {
  const handlers = new Map<string, Handler>(Object.entries(methods));
  const { GET } = methods;
  if (GET !== undefined) handlers.set('HEAD', GET);
  const allow = [...handlers.keys()].join(', ');
  app.route({
    method: [...METHODS],
    url: path,
    async handler(request, reply) {
      const handler = handlers.get(request.method);
      if (handler === undefined) throw new Refusal(apiError(1039, [request.method]), { Allow: allow });
      const body = WITH_BODY.includes(request.method) ? await bodyOf(request.raw) : undefined;
      const ask = askOf(request, reply, body, options);
      return send(request, reply, await placed(handler, ask));
    },
  });
}

/** Errors of a body's fields get their line and column from its text. */
async function placed(handler: Handler, ask: Ask): Promise<Answer> {
  try {
    return await handler(ask);
  } catch (error) {
    if (!(error instanceof ApiError) || ask.body === undefined) throw error;
    throw withPlaces([error], ask.body.text)[0] ?? error;
  }
}
