/** A real HTTP client that hides nothing: no redirect is followed, nothing is unpacked, addresses go out as given. */
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly bytes: Buffer;
  /** The body's text, unpacked where the answer says that it is packed. */
  readonly text: string;
  /** The body as JSON of whatever shape a test expects. */
  json<T = Record<string, unknown>>(): T;
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text or bytes as they are. */
  readonly body?: object | string | Uint8Array;
}

/** An error of the API, in as much as tests look at it. */
export interface WrittenError {
  readonly error: string;
  readonly code: number;
  readonly parameter?: string;
  readonly error_message?: string;
  readonly moreInfo: string;
  readonly line?: number;
  readonly column?: number;
}

export class HttpClient implements Disposable {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  /** Targets are below `base`; `headers` go with every request. */
  constructor(base: string, headers: Readonly<Record<string, string>> = {}) {
    this.#base = base;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 50 });
  }

  get = (target: string, sending: Sending = {}): Promise<Reply> => this.send('GET', target, sending);
  post = (target: string, sending: Sending = {}): Promise<Reply> => this.send('POST', target, sending);
  put = (target: string, sending: Sending = {}): Promise<Reply> => this.send('PUT', target, sending);
  delete = (target: string, sending: Sending = {}): Promise<Reply> => this.send('DELETE', target, sending);

  /** `target` is a path below the base with its query, or a whole address. */
  async send(method: string, target: string, { headers = {}, body }: Sending = {}): Promise<Reply> {
    const address = target.startsWith('/') ? this.#base + target : target;
    const [, origin = '', path] = /^(https?:\/\/[^/]+)(.*)$/.exec(address) ?? [];
    const { hostname, port } = new URL(origin);
    const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
    const bytes = isJson ? Buffer.from(JSON.stringify(body)) : Buffer.from(body ?? '');
    const isChunked = 'Transfer-Encoding' in headers;
    const outgoing = request({
      hostname,
      port,
      path,
      method,
      agent: this.#agent,
      headers: {
        ...(isJson && { 'Content-Type': 'application/json' }),
        // Node leaves it out for GET and DELETE.
        ...(bytes.length > 0 && !isChunked && { 'Content-Length': bytes.length }),
        ...this.#headers,
        ...headers,
      },
    });
    outgoing.end(bytes);
    const [incoming] = await once(outgoing, 'response');
    const pieces: Buffer[] = await incoming.toArray();
    return replyOf(incoming.statusCode, incoming.headers, Buffer.concat(pieces));
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function replyOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Reply {
  return {
    status,
    headers,
    bytes,
    // Unpacked when it is asked for: a part of a packed body cannot be.
    get text() {
      return (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    },
    json() {
      return JSON.parse(this.text);
    },
  };
}

/** The value of `Authorization` for a login and a password. */
export const basic = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

/** Sends bytes as they are and reads until the server closes the connection. */
export async function rawReply(origin: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  const pieces: Buffer[] = await socket.toArray();
  return Buffer.concat(pieces).toString();
}
