/** How a path is served: its methods, and 405 with `Allow` for the others. */
import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ApiError, apiError } from '../contract/errors.ts';
import { withPlaces } from '../contract/json.ts';
import { type Answer, send } from './answer.ts';
import { type Ask, askOf } from './ask.ts';
import { bodyOf } from './bodies.ts';
import { Refusal } from './error-replies.ts';
import type { ServerOptions } from './options.ts';

/** A tunnel has no path: Node hands it to nobody. */
const ROUTED = METHODS.filter((method) => method !== 'CONNECT');

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Handler = (ask: Ask) => Promise<Answer>;
export type Methods = Readonly<Partial<Record<Method, Handler>>>;

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
  refuseOtherMethods(app, path, [...handlers.keys()]);
  app.route({
    method: [...handlers.keys()],
    url: path,
    async handler(request, reply) {
      const handler = handlers.get(request.method);
      if (handler === undefined) throw new Error(`${request.method} ${path} was routed without a handler`);
      const body = WITH_BODY.includes(request.method) ? await bodyOf(request.raw) : undefined;
      const ask = askOf(request, reply, body, options);
      return send(request, reply, await placed(handler, ask));
    },
  });
}

/** Routes every method that Node can read: one that Fastify does not know would find no path. */
export function acceptAllMethods(app: FastifyInstance): void {
  const known = new Set<string>(app.supportedMethods);
  for (const method of ROUTED) if (!known.has(method)) app.addHttpMethod(method, { hasBody: true });
}

/** Answers 405 with `Allow` to all methods of a path but these. */
export function refuseOtherMethods(app: FastifyInstance, path: string, allowed: readonly string[]): void {
  app.route({
    method: ROUTED.filter((method) => !allowed.includes(method)),
    url: path,
    handler: (request) => {
      throw new Refusal(apiError(1039, [request.method]), { Allow: allowed.join(', ') });
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
