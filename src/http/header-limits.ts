/** What the headers of every request must keep to: their bound (contract: Encoding), and that they name a host. */
import type { IncomingMessage } from 'node:http';
import { apiError } from '../contract/errors.ts';
import { HEADERS_MAX_BYTES } from '../contract/limits.ts';

/**
 * What Node reads before it gives up by itself: more than the bound, so that most of what is beyond it is answered by
 * a request's own reply, in the client's language.
 */
export const HEADERS_READ_BYTES = 32 * 1024;

/** Refuses an address over the bound (90003) and an address with headers over it (90004). */
export function checkHeaderSize({ url = '', rawHeaders }: IncomingMessage): void {
  if (url.length > HEADERS_MAX_BYTES) throw apiError(90003);
  // Node has one character a byte here; `: ` and the line break count too, as they do on the wire.
  const size = rawHeaders.reduce((sum, text) => sum + text.length + 2, url.length);
  if (size > HEADERS_MAX_BYTES) throw apiError(90004);
}

/** Refuses HTTP/1.1 without `Host` (RFC 9112, 3.2). */
export function checkHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion === '1.1' && headers.host === undefined) throw apiError(1093, ['Host']);
}
