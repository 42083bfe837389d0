/** The name under which a browser saves a result. It comes from the link's open part, so nothing of it is trusted. */

const DEFAULT_NAME = 'result.json';
/** Characters; the header stays far below what a proxy takes. */
const LONGEST_NAME = 150;
/** Control characters, line and paragraph separators, and those that turn the direction of writing. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** What is not plain in a quoted string, or is refused in file names. */
const NOT_PLAIN = /[^\x20-\x7e]|["\\%*?<>|:]/gu;
/** Beyond encodeURIComponent: RFC 8187 allows fewer characters as they are. */
const NOT_ATTRIBUTE_CHARACTER = /['()*]/g;

/**
 * Always `attachment`, with a cleaned name: no control characters, no path, no leading dots. A name that is not plain
 * is said twice (RFC 6266): in full as `filename*`, and with underscores for old readers.
 */
export function contentDisposition(filename: string): string {
  const name = cleaned(filename);
  const plain = name.replace(NOT_PLAIN, '_');
  if (plain === name) return `attachment; filename="${plain}"`;
  const encoded = encodeURIComponent(name).replace(
    NOT_ATTRIBUTE_CHARACTER,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function cleaned(filename: string): string {
  const visible = filename.toWellFormed().replace(INVISIBLE, '');
  const last = visible.split(/[/\\]/).at(-1) ?? '';
  const name = last.replace(/^[\s.]+/, '').trim();
  return name === '' ? DEFAULT_NAME : Array.from(name).slice(0, LONGEST_NAME).join('').trimEnd();
}
