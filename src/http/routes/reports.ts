/** JSON API 1.2, Reports: a page now. All rows of one are `async.ts`. */
import type { FastifyInstance } from 'fastify';
import { pageOf, parseQuery } from '../../contract/query.ts';
import { type Ask, sourceRequestOf } from '../ask.ts';
import { pageAnswer } from '../exchange-outcomes.ts';
import type { ServerOptions } from '../options.ts';
import { route } from '../route.ts';

export function reportRoutes(app: FastifyInstance, options: ServerOptions): void {
  const page = async (ask: Ask) => {
    const window = pageOf(parseQuery(ask.query));
    return pageAnswer(await options.exchange.page(sourceRequestOf(ask), window, ask.signal));
  };
  for (const path of options.reports) route(app, `/${path}`, { GET: page }, options);
}
