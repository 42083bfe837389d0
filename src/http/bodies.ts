/**
 * Request bodies, within bounds (contract: Encoding; What public clients send). Fastify's own parser refuses an empty
 * body that says it is JSON, which half of the clients send: so bodies are read here.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { apiError } from '../contract/errors.ts';
import { type Body, readBody } from '../contract/json.ts';
import { BODY_MAX_BYTES, DISCARDED_BODY_MAX_BYTES } from '../contract/limits.ts';

/** How long a client that was answered may go on sending: enough to read the answer. */
const LINGER_MS = 1_000;

/** The client went away while it was sending: nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Reads and parses the body of a request; undefined where there is none, whatever its Content-Type says. */
export async function bodyOf(request: IncomingMessage): Promise<Body | undefined> {
  if (!announcesBody(request)) return undefined;
  if (Number(request.headers['content-length'] ?? 0) > BODY_MAX_BYTES) throw apiError(1044);
  const bytes = await collect(request);
  if (bytes.length === 0) return undefined;
  checkContentType(request);
  return readBody(bytes);
}

const announcesBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** JSON in UTF-8, plain, or no word about it: anything else is refused with 1037. */
function checkContentType({ headers }: IncomingMessage): void {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const [type, ...parameters] = (headers['content-type'] ?? 'application/json')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((each) => each.startsWith('charset='))?.slice('charset='.length);
  const isUtf8 = charset === undefined || /^"?utf-?8"?$/.test(charset);
  if (type !== 'application/json' || !isUtf8 || coding !== 'identity') throw apiError(1037);
}

function collect(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let size = 0;
  const onData = (piece: Buffer): void => {
    size += piece.length;
    pieces.push(piece);
    if (size > BODY_MAX_BYTES) settle(() => reject(apiError(1044)));
  };
  const onEnd = (): void => settle(() => resolve(Buffer.concat(pieces, size)));
  const onClose = (): void =>
    settle(() => reject(new ClientGone('the client went away while it was sending')));
  const settle = (how: () => void): void => {
    request.off('data', onData).off('end', onEnd).off('close', onClose).pause();
    how();
  };
  request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', ignore);
  return promise;
}

/** A broken upload is told by `close`; without a listener its `error` would end the process. */
const ignore = (): void => {};

/**
 * Reads on and throws away what a refused client is still sending: it reads the answer only when it has sent all.
 * False where it sent more than the bound: the connection is to be cut after the answer.
 */
export function discardBody(request: IncomingMessage): Promise<boolean> {
  if (request.complete || request.destroyed || !announcesBody(request)) return Promise.resolve(true);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let size = 0;
  request.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size > DISCARDED_BODY_MAX_BYTES) resolve(false);
  });
  request
    .on('end', () => resolve(true))
    .on('close', () => resolve(true))
    .on('error', ignore);
  request.resume();
  return promise;
}

/** Cuts a client that has its answer and sends on; not at once, since a reset would take the answer with it. */
export function cutLater(socket: Socket): void {
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cut));
}
