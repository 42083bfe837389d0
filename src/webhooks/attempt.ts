/**
 * One call of a subscriber: one POST that must be answered with 200 or 204 within 1500 ms, name look-up included.
 * Plain `node:http`, because the addresses that the guard lets through must be the ones that are dialled, and because
 * it follows no redirect: a 302 to a private address is an answer like any other, not a success.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Address, AddressGuard } from './address-guard.ts';
import type { Outcome } from './delivery.ts';

/** JSON API 1.2, Webhooks: how long a subscriber has to answer. */
export const ATTEMPT_MS = 1_500;
/** How much of an answer's body is read, and kept for the log. */
const ANSWER_HEAD_BYTES = 1_000;
const ERROR_MAX_CHARACTERS = 200;

export interface Call {
  /** The subscriber's url as stored. */
  readonly url: string;
  readonly requestId: string;
  /** JSON. */
  readonly body: string;
}

export interface AttemptOptions {
  readonly guard: AddressGuard;
  readonly userAgent: string;
  readonly timeoutMs: number;
}

/** Calls the subscriber once. Never rejects: whatever goes wrong is a failed attempt. */
export async function attemptCall(call: Call, options: AttemptOptions): Promise<Outcome> {
  const { guard, timeoutMs } = options;
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), timeoutMs);
  try {
    const url = withRequestId(call.url, call.requestId);
    const resolution = await unlessAborted(guard.resolve(url), overdue.signal);
    if (resolution.kind === 'refused') return refusal(url);
    if (resolution.kind === 'unresolved') return failure(resolution.cause);
    return await post(url, call.body, resolution.addresses, options.userAgent, overdue.signal);
  } catch (error) {
    if (overdue.signal.aborted) return { kind: 'failed', error: `no answer within ${timeoutMs} ms` };
    return failure(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The url as stored, its query untouched, and `requestId` behind it. */
function withRequestId(stored: string, requestId: string): URL {
  const url = new URL(stored);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}requestId=${requestId}`;
  url.hash = '';
  return url;
}

/** Does not name the address: whoever reads the log may not know our network. */
const refusal = (url: URL): Outcome => ({
  kind: 'refused',
  error: `${url.host} leads to a private, loopback or reserved address`,
});

const failure = (error: unknown): Outcome => ({ kind: 'failed', error: described(error) });

/** When all addresses of a host failed Node gives an AggregateError without a message: its code is what it has. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, ERROR_MAX_CHARACTERS);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return (error.message === '' ? code : error.message).slice(0, ERROR_MAX_CHARACTERS);
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** Hands the socket the addresses that passed the guard, and no others. */
function only(addresses: readonly [Address, ...Address[]]): LookupFunction {
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, addresses[0].address, addresses[0].family);
  };
}

/** Rejects when no answer comes; an answer counts as soon as its head is there. */
function post(
  url: URL,
  body: string,
  addresses: readonly [Address, ...Address[]],
  userAgent: string,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, {
      method: 'POST',
      lookup: only(addresses),
      // A connection of its own for each attempt: it is dialled, and so guarded, anew.
      agent: false,
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': userAgent,
        Accept: '*/*',
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      // The answer counts from here on, whatever becomes of the connection.
      request.off('error', reject).on('error', () => {});
      const head: Buffer[] = [];
      let bytes = 0;
      const finish = (): void => {
        const answer = Buffer.concat(head).subarray(0, ANSWER_HEAD_BYTES).toString();
        const status = response.statusCode ?? 0;
        const kind = status === 200 || status === 204 ? 'accepted' : 'failed';
        resolve({ kind, status, ...(answer !== '' && { answer }) });
        request.destroy();
      };
      response.on('data', (piece: Buffer) => {
        head.push(piece);
        bytes += piece.length;
        if (bytes >= ANSWER_HEAD_BYTES) finish();
      });
      response.on('close', finish);
      response.on('error', finish);
    });
    request.end(body);
  });
}
