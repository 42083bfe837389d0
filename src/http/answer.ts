/** What a handler answers with, and the one place where it is written: JSON, indented or not, gzip or not. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptsGzip, indentJson, wantsPretty } from './negotiate.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object, or JSON that is written already; none: an empty answer. */
  readonly body?: object | Uint8Array;
}

export const JSON_TYPE = 'application/json;charset=utf-8';
/** Smaller answers are not worth the work: they fit one packet. */
const GZIP_MIN_BYTES = 1024;
/** Fast rather than small: a page is compressed while its client waits. */
const GZIP_LEVEL = 1;

const compress = promisify(gzip);

/** An answer with a body and status 200. */
export const ok = (body: object | Uint8Array): Answer => ({ status: 200, body });

/** Writes an answer. An empty one never has a Content-Encoding: clients in Java and Go would read an end of file. */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): Promise<FastifyReply> {
  reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  const plain = written(answer.body, wantsPretty(request.headers));
  reply.header('content-type', JSON_TYPE).header('vary', 'Accept-Encoding');
  if (plain.length < GZIP_MIN_BYTES || !acceptsGzip(request.headers)) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(await compress(plain, { level: GZIP_LEVEL }));
}

function written(body: object | Uint8Array, isPretty: boolean): Buffer {
  if (body instanceof Uint8Array) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return isPretty ? Buffer.from(indentJson(bytes.toString())) : bytes;
  }
  const text = JSON.stringify(body);
  return Buffer.from(isPretty ? indentJson(text) : text);
}
