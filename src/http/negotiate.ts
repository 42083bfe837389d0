/**
 * What the client can read: media type, language, coding, and indented or not (contract: Encoding). Lists are
 * weighed as RFC 9110 says; what is absent or unreadable refuses nothing.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { apiError, type Language } from '../contract/errors.ts';

/** A member of a weighed list: `gzip;q=0.5`. */
interface Member {
  /** Lower case. */
  readonly name: string;
  readonly weight: number;
}

/** The members of an `Accept…` header. */
function membersOf(header: string): readonly Member[] {
  return header
    .split(',')
    .map((text) => {
      const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { name, weight: weight === undefined ? 1 : Number(weight) || 0 };
    })
    .filter(({ name }) => name !== '');
}

/** A header that may have been sent several times, as one list. */
export const headerText = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

const JSON_RANGES = ['application/json', 'application/*', '*/*'];

/** Refuses (1062) where no member of `Accept` stands for JSON. */
export function checkAccept({ accept }: IncomingHttpHeaders): void {
  const members = membersOf(accept ?? '');
  if (members.length === 0) return;
  if (!members.some(({ name, weight }) => weight > 0 && JSON_RANGES.includes(name))) throw apiError(1062);
}

/** Language of error texts: the heavier of English and Russian, English where neither is named. */
export function languageOf(headers: IncomingHttpHeaders): Language {
  const members = membersOf(headers['accept-language'] ?? '');
  const weightOf = (language: Language): number =>
    Math.max(
      0,
      ...members
        .filter(({ name }) => name === language || name.startsWith(`${language}-`))
        .map(({ weight }) => weight),
    );
  return weightOf('ru') > weightOf('en') ? 'ru' : 'en';
}

/** Whether an answer may be gzip. */
export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const members = membersOf(headerText(headers['accept-encoding']) ?? '');
  const named = members.find(({ name }) => name === 'gzip' || name === 'x-gzip');
  const chosen = named ?? members.find(({ name }) => name === '*');
  return chosen !== undefined && chosen.weight > 0;
}

/** Whether the answer is to be indented: undocumented since long, in every tutorial example. */
export const wantsPretty = (headers: IncomingHttpHeaders): boolean =>
  String(headers['lognex-pretty-print-json']).toLowerCase() === 'true';

/**
 * Indents JSON text by two spaces. Works on the text: reading it and writing it again would round numbers that are
 * longer than a double.
 */
export function indentJson(text: string): string {
  let indented = '';
  let depth = 0;
  // Strings whole, empty brackets whole, else one sign or one run of the rest; blanks outside strings fall away.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '{' || token === '[') {
      depth += 1;
      indented += `${token}\n${'  '.repeat(depth)}`;
    } else if (token === '}' || token === ']') {
      depth -= 1;
      indented += `\n${'  '.repeat(depth)}${token}`;
    } else if (token === ',') indented += `,\n${'  '.repeat(depth)}`;
    else if (token === ':') indented += ': ';
    else indented += /^[{[]\s/.test(token) ? token.replace(/\s/g, '') : token;
  }
  return indented;
}
