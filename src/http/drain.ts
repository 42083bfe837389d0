/**
 * A server's end: running requests are answered, idle connections are closed, and what is still open after `drainMs`
 * is cut. `server.close()` alone waits for ever for a client that keeps its connection.
 */
import type { FastifyInstance } from 'fastify';
import type { ServerOptions } from './options.ts';

const IDLE_CHECK_MS = 50;

export interface Drain {
  readonly isDraining: () => boolean;
}

/** Adds the end to a server; begins with `app.close()`. */
export function drainOnClose(app: FastifyInstance, { drainMs }: Pick<ServerOptions, 'drainMs'>): Drain {
  let isDraining = false;
  app.addHook('preClose', async () => {
    isDraining = true;
    const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
    const hard = setTimeout(() => app.server.closeAllConnections(), drainMs);
    app.server.once('close', () => {
      clearInterval(idle);
      clearTimeout(hard);
    });
  });
  // Tells clients that keep their connection to open another one, elsewhere.
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
  return { isDraining: () => isDraining };
}
