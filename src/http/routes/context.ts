/** JSON API 1.2, Context: `GET context/employee`, who asks. */
import type { FastifyInstance } from 'fastify';
import { ok } from '../answer.ts';
import { type Ask, askedOf } from '../ask.ts';
import type { ServerOptions } from '../options.ts';
import { route } from '../route.ts';

export function contextRoutes(app: FastifyInstance, options: ServerOptions): void {
  const employee = async (ask: Ask) =>
    ok(await options.entities.get('employee', ask.principal.id, askedOf(ask, options)));
  route(app, '/context/employee', { GET: employee }, options);
}
