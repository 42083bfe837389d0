/** JSON API 1.2, Webhooks: `entity/webhook`. */
import type { FastifyInstance } from 'fastify';
import { pageOf, parseQuery } from '../../contract/query.ts';
import { changeMany } from '../../warehouse/entities/bulk.ts';
import { type Answer, ok } from '../answer.ts';
import type { Ask } from '../ask.ts';
import type { ServerOptions } from '../options.ts';
import { route } from '../route.ts';
import { bodyNeeded, idOf, isArray, manyAnswer, oneObject, withoutId } from './entities.ts';

export function webhookRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { subscriptions } = options;
  const create = async (ask: Ask): Promise<Answer> => {
    const { principal, base } = ask;
    const { value } = bodyNeeded(ask);
    if (!isArray(value)) return ok(await subscriptions.create(principal, value, base));
    const outcome = await changeMany({ type: 'webhook' }, value, {
      create: (body) => subscriptions.create(principal, body, base),
      update: (id, body) => subscriptions.update(principal, id, body, base),
    });
    return manyAnswer(outcome, ask);
  };
  const collection = {
    GET: async ({ principal, query, url, base }: Ask): Promise<Answer> =>
      ok(await subscriptions.list(principal, pageOf(parseQuery(query)), url, base)),
    POST: create,
    PUT: withoutId,
    DELETE: withoutId,
  };
  const single = {
    GET: async (ask: Ask): Promise<Answer> =>
      ok(await subscriptions.find(ask.principal, idOf(ask), ask.base)),
    PUT: async (ask: Ask): Promise<Answer> =>
      ok(await subscriptions.update(ask.principal, idOf(ask), oneObject(ask), ask.base)),
    DELETE: async (ask: Ask): Promise<Answer> => {
      await subscriptions.remove(ask.principal, idOf(ask));
      return { status: 200 };
    },
  };
  route(app, '/entity/webhook', collection, options);
  route(app, '/entity/webhook/batch', { POST: create }, options);
  route(app, '/entity/webhook/:id', single, options);
}
