/** A real subscriber on 127.0.0.1: keeps what arrives, answers as it is told, and can be awaited. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly requestId: string | null;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers the call with this number (from 1), or keeps `response` and answers later, or never. */
export type Answer = (response: ServerResponse, number: number, call: ReceivedCall) => void;

export interface Receiver extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** `127.0.0.1:PORT`, as `--webhook-allow` takes it. */
  readonly host: string;
  readonly calls: readonly ReceivedCall[];
  /** Resolves once so many calls have come in all. */
  arrived(count: number): Promise<void>;
}

/** An answer of just a status. */
export const answering =
  (status: number): Answer =>
  (response) => {
    response.writeHead(status).end();
  };

/** Starts to listen on a free port. */
export async function startReceiver(answer: Answer = answering(200)): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const requestId = new URL(url, 'http://receiver').searchParams.get('requestId');
      const call = { method, url, requestId, headers, body };
      answer(response, calls.push(call), call);
      arrivals.emit('call');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    calls,
    async arrived(count) {
      while (calls.length < count) await once(arrivals, 'call');
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
