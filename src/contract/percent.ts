/**
 * Percent-encoding of request targets, which are strings with one character a byte, as Node hands them over; a
 * character beyond 0xFF stands for its UTF-8 bytes.
 */

/** What RFC 3986 allows in a path and a query, `%` apart: unreserved, sub-delims, `:@/?`. */
const ALLOWED = /[A-Za-z0-9\-._~!$&'()*+,;=:@/?]/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;

/** Encodes only what may not stand in a URL; what is encoded already stays as it was sent. */
export function encodeDisallowed(raw: string): string {
  let written = '';
  for (const [index, character] of eachCharacter(raw)) {
    if (character === '%') written += HEX_PAIR.test(raw.slice(index + 1, index + 3)) ? '%' : '%25';
    else written += ALLOWED.test(character) ? character : encodeBytes(character);
  }
  return written;
}

/** The text of a piece of a query: decoded once, `+` is a space; undefined where that is no UTF-8. */
export function decodePiece(raw: string): string | undefined {
  if (/^[A-Za-z0-9\-._~]*$/.test(raw)) return raw;
  try {
    return decodeURIComponent(raw.replaceAll('+', ' ').replace(/[\u0080-\u{10FFFF}]/gu, encodeBytes));
  } catch {
    return undefined;
  }
}

function* eachCharacter(text: string): Iterable<[index: number, character: string]> {
  let index = 0;
  for (const character of text) {
    yield [index, character];
    index += character.length;
  }
}

function encodeBytes(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  return encodeURIComponent(character.toWellFormed());
}
