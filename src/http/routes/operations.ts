/** Whether the process lives and can answer: for balancers and scripts, without credentials. */
import type { FastifyInstance } from 'fastify';
import { send } from '../answer.ts';
import type { ServerOptions } from '../options.ts';
import { refuseOtherMethods } from '../route.ts';

/** `isDraining`: the server has begun to stop, so a balancer should send its clients elsewhere. */
export function operationRoutes(
  app: FastifyInstance,
  { isReady, announce }: Pick<ServerOptions, 'isReady' | 'announce'>,
  isDraining: () => boolean,
): void {
  const isUnready = (error: unknown): false => {
    announce('server.unready', { error }, 'warn');
    return false;
  };
  for (const path of ['/healthz', '/readyz']) refuseOtherMethods(app, path, ['GET', 'HEAD']);
  app.get('/healthz', (request, reply) => send(request, reply, { status: 200, body: { status: 'alive' } }));
  app.get('/readyz', async (request, reply) => {
    const ready = !isDraining() && (await isReady().catch(isUnready));
    return send(request, reply, {
      status: ready ? 200 : 503,
      body: { status: ready ? 'ready' : 'not ready' },
    });
  });
}
