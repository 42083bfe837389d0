/**
 * Answers a request for a stored result: plain or gzip, whole or a range, or what the client has already. Each of the
 * two representations has its own strong tag, length and digest.
 */
import type { Readable } from 'node:stream';
import { readPieceIndex } from '../encode/piece-index.ts';
import type { ResultStore, StoredResult } from '../ports.ts';
import { contentDisposition } from './content-disposition.ts';
import { readInflated } from './inflated.ts';
import { allowsRange, type Coding, chooseCoding, namesTag } from './negotiation.ts';
import { parseRange } from './ranges.ts';

export interface ResultRequest {
  readonly method: 'GET' | 'HEAD';
  /** Lower-case names: accept-encoding, range, if-range, if-none-match. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The name to save under, as the link has it. */
  readonly filename: string;
}

/** What the client gets. There is no body for HEAD, 304 and 416; a body must be read or destroyed. */
export interface ResultAnswer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readable;
}

interface Representation {
  readonly coding: Coding;
  readonly size: number;
  readonly tag: string;
  readonly digest: string;
}

/** The answer to a request; undefined when the result is gone. */
export async function answerDownload(
  store: ResultStore,
  result: StoredResult,
  request: ResultRequest,
): Promise<ResultAnswer | undefined> {
  const index = await store.index(result.name);
  if (index === undefined) return undefined;
  const { method, headers: asked } = request;
  const chosen = representationOf(result, chooseCoding(asked['accept-encoding']));
  const general = { ETag: chosen.tag, Vary: 'Accept-Encoding', 'Accept-Ranges': 'bytes' };
  if (namesTag(asked['if-none-match'], chosen.tag)) return { status: 304, headers: general };

  // A range is a thing of GET alone (RFC 9110, 14.2).
  const mayBeRange = method === 'GET' && allowsRange(asked['if-range'], chosen.tag);
  const wish = parseRange(mayBeRange ? asked.range : undefined, chosen.size);
  if (wish.kind === 'unsatisfiable') {
    const headers = { ...general, 'Content-Range': `bytes */${chosen.size}`, 'Content-Length': '0' };
    return { status: 416, headers };
  }
  const { start, end } = wish.kind === 'part' ? wish : { start: 0, end: chosen.size };
  const headers: Record<string, string> = {
    ...general,
    'Content-Type': 'application/json;charset=utf-8',
    'Content-Disposition': contentDisposition(request.filename),
    'Content-Length': String(end - start),
    'Repr-Digest': `sha-256=:${Buffer.from(chosen.digest, 'hex').toString('base64')}:`,
  };
  if (chosen.coding === 'gzip') headers['Content-Encoding'] = 'gzip';
  if (wish.kind === 'part') headers['Content-Range'] = `bytes ${start}-${end - 1}/${chosen.size}`;
  const status = wish.kind === 'part' ? 206 : 200;
  if (method === 'HEAD') return { status, headers };

  const body =
    chosen.coding === 'gzip'
      ? await store.read(result.name, start, end)
      : await readInflated(store, result.name, readPieceIndex(index), start, end);
  return body && { status, headers, body };
}

function representationOf(result: StoredResult, coding: Coding): Representation {
  return coding === 'gzip'
    ? { coding, size: result.storedBytes, tag: `"${result.storedSha256}-gzip"`, digest: result.storedSha256 }
    : { coding, size: result.bytes, tag: `"${result.sha256}"`, digest: result.sha256 };
}
