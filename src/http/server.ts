/** The one door: Fastify with its hooks in their order, and the routes. */
import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { apiError } from '../contract/errors.ts';
import { API_PATH, targetOf, withoutPrefix } from './addresses.ts';
import { send } from './answer.ts';
import { askOf } from './ask.ts';
import { createTask, isAsynchronous } from './async.ts';
import { authenticate, authenticateByPassword } from './authenticate.ts';
import { RATE_HEADERS } from './budget.ts';
import { ClientErrors } from './client-errors.ts';
import { drainOnClose } from './drain.ts';
import { replyWithError } from './error-replies.ts';
import { checkHeaderSize, checkHost, HEADERS_READ_BYTES } from './header-limits.ts';
import { checkAccept, languageOf } from './negotiate.ts';
import type { ServerOptions } from './options.ts';
import { acceptAllMethods } from './route.ts';
import { contextRoutes } from './routes/context.ts';
import { entityRoutes } from './routes/entities.ts';
import { errorPage } from './routes/error-page.ts';
import { operationRoutes } from './routes/operations.ts';
import { reportRoutes } from './routes/reports.ts';
import { resultFileRoutes } from './routes/result-files.ts';
import { securityRoutes, TOKEN_PATH } from './routes/security.ts';
import { taskRoutes } from './routes/tasks.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** A request must have arrived within it. */
const REQUEST_TIMEOUT_MS = 300_000;

export interface Server {
  /** `http://HOST:PORT` once it listens. */
  readonly origin: string;
  /** Begins to accept; 0 takes a free port. Rejects where the port is taken. */
  listen(host: string, port: number): Promise<void>;
  /** Answers what is running, then ends: nothing works on afterwards. */
  close(): Promise<void>;
}

export function createServer(options: ServerOptions): Server {
  let origin = '';
  const clientErrors = new ClientErrors(() => options.publicUrl ?? origin);
  const app = fastify({
    logger: false,
    genReqId: () => options.ids.uuid(),
    keepAliveTimeout: options.keepAliveMs,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node refuses a request without Host by itself, with no body; `checkHost` does it in JSON.
    http: { maxHeaderSize: HEADERS_READ_BYTES, requireHostHeader: false },
    trustProxy: options.trustProxy.length > 0 ? [...options.trustProxy] : false,
    // While draining, what still arrives is answered as ever, and its connection closed.
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, options.publicUrl),
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      // A long part of a path is an unknown one; addresses have a bound of their own.
      maxParamLength: HEADERS_READ_BYTES,
      // The query language decodes for itself: once, and without making arrays of repeated parameters.
      querystringParser: () => ({}),
    },
    clientErrorHandler: clientErrors.handle,
    // An address that cannot be decoded finds no route, so no hook has run.
    frameworkErrors: (_error, request, reply) =>
      void replyWithError(apiError(1038), request, reply.headers(RATE_HEADERS), options),
  });
  acceptAllMethods(app);
  // An expectation that nobody knows may be ignored (RFC 9110, 10.1.1); Node by itself answers 417 with no body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  prepare(app, options, clientErrors);
  const { isDraining } = drainOnClose(app, options);
  operationRoutes(app, options, isDraining);
  errorPage(app);
  resultFileRoutes(app, options);
  app.register(async (api) => serveApi(api, options), { prefix: API_PATH });
  return {
    get origin() {
      return origin;
    },
    async listen(host, port) {
      await app.listen({ host, port });
      const bound = portOf(app.server.address()) ?? port;
      origin = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
    },
    close: () => app.close(),
  };
}

const portOf = (address: AddressInfo | string | null): number | undefined =>
  typeof address === 'object' ? address?.port : undefined;

/** What all paths share: bounds of the headers, bodies left to us, and errors as JSON. */
function prepare(app: FastifyInstance, options: ServerOptions, clientErrors: ClientErrors): void {
  app.decorateRequest('principal', undefined);
  app.removeAllContentTypeParsers();
  // `bodies.ts` reads them, when a handler wants one.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
  app.setErrorHandler((error, request, reply) => replyWithError(errorOf(error), request, reply, options));
  app.setNotFoundHandler((request, reply) => replyWithError(notFound(request), request, reply, options));
  app.addHook('onRequest', async (request, reply) => {
    clientErrors.observe(request.raw, reply.raw);
    reply.headers(RATE_HEADERS);
    checkHost(request.raw);
    checkHeaderSize(request.raw);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { id, method, url } = request;
    const [path] = url.split('?', 1);
    const ms = Math.round(reply.elapsedTime);
    options.announce(
      'request.answered',
      { request: id, method, path, status: reply.statusCode, ms },
      'debug',
    );
  });
}

/** The API: who asks, may they be answered in JSON, now or later; then the paths. */
function serveApi(api: FastifyInstance, options: ServerOptions): void {
  api.setNotFoundHandler((request, reply) => replyWithError(notFound(request), request, reply, options));
  api.addHook('onRequest', async (request) => {
    const language = languageOf(request.headers);
    const isForToken = targetOf(request.url).path === TOKEN_PATH;
    const prove = isForToken ? authenticateByPassword : authenticate;
    request.principal = await prove(options.accounts, request.headers, language);
    checkAccept(request.headers);
  });
  api.addHook('onRequest', async (request, reply) => {
    if (request.is404 || !isAsynchronous(request, options)) return;
    return send(request, reply, await createTask(askOf(request, reply, undefined, options), options));
  });
  securityRoutes(api, options);
  contextRoutes(api, options);
  webhookRoutes(api, options);
  entityRoutes(api, options);
  reportRoutes(api, options);
  taskRoutes(api, options);
}

function notFound({ url }: FastifyRequest) {
  const { path } = targetOf(url);
  return /^api\/remap\/(?!1\.2(\/|$))/.test(path) ? apiError(1015) : apiError(1002, [path]);
}

/** What Fastify itself has against a request, in our words. */
function errorOf(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('FST_ERR_CTP_') ? apiError(1037) : error;
}
