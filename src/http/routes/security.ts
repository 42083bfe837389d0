/** JSON API 1.2, Authentication: `POST security/token`. */
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../answer.ts';
import type { Ask } from '../ask.ts';
import type { ServerOptions } from '../options.ts';
import { route } from '../route.ts';

/** The path, which takes a login and a password only. */
export const TOKEN_PATH = 'security/token';

export function securityRoutes(app: FastifyInstance, options: ServerOptions): void {
  // 201: clients that test for exactly this exist.
  const issue = async ({ principal }: Ask): Promise<Answer> => ({
    status: 201,
    body: { access_token: await options.accounts.issueToken(principal) },
  });
  route(app, `/${TOKEN_PATH}`, { POST: issue }, options);
}
