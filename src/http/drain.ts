/**
 * A server's end: running requests are answered, idle connections are closed, and what is still open after the grace
 * is cut. `server.close()` alone waits for ever for a client that keeps its connection.
 */
import type { FastifyInstance } from 'fastify';

/** The process has 10 s to be gone; other rooms need some of it. */
const GRACE_MS = 8_000;
const IDLE_CHECK_MS = 50;

export interface Drain {
  readonly isDraining: () => boolean;
}

/** Adds the end to a server; begins with `app.close()`. */
export function drainOnClose(app: FastifyInstance): Drain {
  let isDraining = false;
  app.addHook('preClose', async () => {
    isDraining = true;
    const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
    const hard = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
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
