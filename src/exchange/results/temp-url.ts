/**
 * Temporary links to results, as OpenStack Swift makes them (JSON API 1.2, Asynchronous exchange; async.md §5): the
 * signature is HMAC-SHA256 in hex over the method, the expiry and the path. A GET signature opens HEAD too.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_MS = 5 * 60 * 1000;
/** As many digits as the year 33658 needs. */
const EXPIRES = /^[1-9]\d{0,11}$/;

export interface LinkTerms {
  /** As it stands in the link: percent-encoded, from the first slash. */
  readonly path: string;
  /** Unix seconds. */
  readonly expires: number;
  readonly filename: string;
  readonly secret: string | Uint8Array;
}

/**
 * When a link made now ends, in unix seconds: after five minutes, and before its result is deleted. Rounded up, so
 * that it lasts the five minutes; down where the result ends.
 */
export function linkExpires(now: number, deletedAt: number): number {
  return Math.min(Math.ceil((now + LIFETIME_MS) / 1000), Math.floor(deletedAt / 1000));
}

/** The path with its signed query. */
export function signLink({ path, expires, filename, secret }: LinkTerms): string {
  const signature = sign(path, String(expires), secret).toString('hex');
  return `${path}?temp_url_sig=${signature}&temp_url_expires=${expires}&filename=${encodeURIComponent(filename.toWellFormed())}`;
}

/**
 * What a link allows: the file name that the client asks for (outside the signature, to be cleaned), or nothing, with
 * no hint why. `query` as sent, `now` in ms.
 */
export function checkLink(link: {
  readonly path: string;
  readonly query: string;
  readonly secret: string | Uint8Array;
  readonly now: number;
}): { readonly filename: string } | undefined {
  const query = new URLSearchParams(link.query);
  const [signature, ...moreSignatures] = query.getAll('temp_url_sig');
  const [expires, ...moreExpiries] = query.getAll('temp_url_expires');
  if (signature === undefined || expires === undefined) return undefined;
  if (moreSignatures.length > 0 || moreExpiries.length > 0 || !EXPIRES.test(expires)) return undefined;
  // Compared as text: the hex of the signature has one spelling.
  const expected = Buffer.from(sign(link.path, expires, link.secret).toString('hex'));
  const given = Buffer.from(signature);
  const isGenuine = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isGenuine || link.now >= Number(expires) * 1000) return undefined;
  return { filename: query.get('filename') ?? '' };
}

function sign(path: string, expires: string, secret: string | Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`GET\n${expires}\n${path}`).digest();
}
