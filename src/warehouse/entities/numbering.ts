/**
 * Numbers of documents (contract: Rules that matter, `name`). A name of digits alone is a number; the greatest of a
 * kind and a calendar year is found through one column and its index, not by reading names.
 */
import { zoneOf } from '../../contract/zones.ts';
import type { Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';

/**
 * Digits of a name that still count as a number: barcodes and phone numbers should not set the next one. With one more
 * the years from 9007 on would go beyond 2^53.
 */
const DIGITS_MAX = 11;
const NUMBERS_A_YEAR = 10 ** DIGITS_MAX;
const NUMBER = new RegExp(`^\\d{1,${DIGITS_MAX}}$`);
/** At least so many digits: `00001`. */
const DIGITS_MIN = 5;

/** The value of the column `numbering`: year × 10^11 + number; null where the name is no number. */
export function numberingOf(name: string, momentMs: number, zone: string): number | null {
  return NUMBER.test(name) ? yearOf(momentMs, zone) * NUMBERS_A_YEAR + Number(name) : null;
}

function yearOf(momentMs: number, zone: string): number {
  const offsetMs = zoneOf(zone)?.offsetAt(momentMs) ?? 0;
  return new Date(momentMs + offsetMs).getUTCFullYear();
}

/** The next number of a kind in the year of `momentMs`: one more than the greatest that stands. */
export async function nextName(
  queries: Queries,
  account: AccountKey,
  kind: string,
  momentMs: number,
  zone: string,
): Promise<string> {
  const first = yearOf(momentMs, zone) * NUMBERS_A_YEAR;
  const last = await queries.one<{ greatest: number | null }>(
    `select max(numbering) as greatest from document
      where account = $1 and kind = $2 and numbering >= $3 and numbering < $4`,
    [account, kind, first, first + NUMBERS_A_YEAR],
  );
  const number = (last?.greatest ?? first) - first + 1;
  return String(number).padStart(DIGITS_MIN, '0');
}
