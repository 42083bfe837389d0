/**
 * Requests that Node's parser could not read: there is no request object and no reply, only a socket. They are
 * answered in JSON all the same (contract: What public clients send, Answers 5).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ApiError, apiError } from '../contract/errors.ts';
import { HEADERS_MAX_BYTES } from '../contract/limits.ts';
import { JSON_TYPE } from './answer.ts';
import { cutLater } from './bodies.ts';
import { RATE_HEADERS } from './budget.ts';
import { apiAnswer } from './error-replies.ts';

/** An error of Node's parser or of its timers. */
interface ClientError extends Error {
  readonly code?: string;
  readonly reason?: string;
  /** The packet that failed: a Buffer, though Fastify's types say otherwise. */
  readonly rawPacket?: unknown;
}

/** Answers on sockets; told of requests, so that it never writes into another request's answer. */
export class ClientErrors {
  readonly #site: () => string;
  readonly #answered = new WeakSet<Socket>();
  readonly #responses = new WeakMap<Socket, ServerResponse>();

  /** `site` begins the address of the page of error codes. */
  constructor(site: () => string) {
    this.#site = site;
  }

  /** A request was read, and this is its response. */
  observe(request: IncomingMessage, response: ServerResponse): void {
    this.#responses.set(request.socket, response);
  }

  readonly handle = (error: ClientError, socket: Socket): void => {
    // Each further packet of the same request fails again.
    if (this.#answered.has(socket)) return;
    this.#answered.add(socket);
    const response = this.#responses.get(socket);
    const isAnswering = response?.headersSent === true && !response.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
      socket.destroy();
      return;
    }
    socket.end(rawAnswer(refusalOf(error), this.#site()));
    cutLater(socket);
  };
}

function refusalOf({ code, reason, message, rawPacket }: ClientError): ApiError {
  if (code === 'HPE_HEADER_OVERFLOW') return apiError(isInFirstLine(rawPacket) ? 90003 : 90004);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return apiError(90005);
  // A raw space ends the address early, a raw character beyond ASCII is none of an address: both are common in
  // filters that were typed by hand.
  const isAddress =
    code === 'HPE_INVALID_URL' || code === 'HPE_INVALID_CONSTANT' || code === 'HPE_INVALID_VERSION';
  const errorMessage = isAddress
    ? 'percent-encode spaces and characters outside ASCII in the address'
    : `not readable as HTTP/1.1: ${reason ?? message}`;
  return apiError(1038, [], { errorMessage });
}

/** Whether the header block grew too large in its first line, as far as the packet that broke the bound tells. */
function isInFirstLine(packet: unknown): boolean {
  if (!Buffer.isBuffer(packet) || !/^[A-Z]+ /.test(packet.toString('latin1', 0, 16))) return false;
  const end = packet.indexOf('\r\n');
  return end < 0 || end > HEADERS_MAX_BYTES;
}

function rawAnswer(error: ApiError, site: string): string {
  const { status, body } = apiAnswer(error, 'en', site);
  const text = JSON.stringify(body);
  const headers = Object.entries({
    ...RATE_HEADERS,
    'Content-Type': JSON_TYPE,
    'Content-Length': String(Buffer.byteLength(text)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headers.join('')}\r\n${text}`;
}
