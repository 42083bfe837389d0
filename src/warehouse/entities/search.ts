/** The parameter `search` as SQL (contract: Query language): words as prefixes, or the whole text inside a field. */
import { fold } from '../../contract/values.ts';
import type { JsonMembers } from '../../database/database.ts';
import { escaped, type Where } from './filters.ts';
import type { Kind } from './kind.ts';
import { operandOf } from './operands.ts';

/** What a word may follow, beside the beginning of the text. */
const SEPARATORS = [' ', '-', '/', '(', '"', '«', '.', ',', '_', '#'];
/** Further words of a search are not looked at. */
const WORDS_MAX = 10;

/** Adds the condition. */
export function addSearch(where: Where, kind: Kind, search: string, json: JsonMembers): void {
  const fields = kind.search.fields.map((name) => operandOf(kind, name, json).folded);
  const folded = fold(search);
  if (kind.search.match === 'substring') {
    const bound = where.bind(`%${escaped(folded)}%`);
    where.and(`(${fields.map((sql) => like(sql, bound)).join(' or ')})`);
  } else {
    for (const word of folded.split(/\s+/).slice(0, WORDS_MAX)) {
      const patterns = ['', ...SEPARATORS.map((separator) => `%${escaped(separator)}`)].map((before) =>
        where.bind(`${before}${escaped(word)}%`),
      );
      const clauses = fields.flatMap((sql) => patterns.map((bound) => like(sql, bound)));
      where.and(`(${clauses.join(' or ')})`);
    }
  }
}

/** What comes first: objects whose name begins with the search. */
export function rankBy(where: Where, search: string): string {
  return `case when ${like('o.name_folded', where.bind(`${escaped(fold(search))}%`))} then 0 else 1 end`;
}

const like = (sql: string, bound: string): string => `${sql} like ${bound} escape '\\'`;
