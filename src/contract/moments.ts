/**
 * Dates as the API reads and writes them (contract: Dates): local time of the service's zone, without a zone in the
 * text; inside the product they are ms since the epoch.
 *
 * Where a zone's clock is put forward, a time that does not exist is read with the offset before the change (02:30
 * becomes 03:30); where it is put back, a time that exists twice is the first of the two.
 */
import type { Zone } from './zones.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The earliest date that a filter may name, as written, in whatever zone: the epoch in Moscow. */
const EARLIEST_FILTER_DATE = '1970-01-01 03:00:00.000';
const DAY_START = '0000-00-00 00:00:00.000';

/** A date as read: its first instant, and how exactly it was written. */
export interface Moment {
  /** ms since the epoch. */
  readonly ms: number;
  readonly precision: 'day' | 'minute' | 'second' | 'millisecond';
}

/** Instants from `fromMs` up to, not including, `untilMs`. */
export interface MomentRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

const FORM = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/;

/** Reads `YYYY-MM-DD[ HH:mm[:ss[.SSS]]]` in a zone; undefined where it is no date. Blanks around it are ignored. */
export function parseMoment(text: string, zone: Zone): Moment | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction] = match;
  const localMs = localTime(
    [year, month, day, hour, minute, second].map((part) => Number(part ?? 0)),
    Number((fraction ?? '').padEnd(3, '0')),
  );
  if (localMs === undefined) return undefined;
  return { ms: instantOf(localMs, zone), precision: precisionOf(hour, second, fraction) };
}

function precisionOf(
  hour: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
): Moment['precision'] {
  if (hour === undefined) return 'day';
  if (second === undefined) return 'minute';
  return fraction === undefined ? 'second' : 'millisecond';
}

/** A local date and time counted as if it were UTC; undefined where the calendar has no such date. */
function localTime(parts: readonly number[], millisecond: number): number | undefined {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * SECOND_MS + millisecond;
}

function instantOf(localMs: number, zone: Zone): number {
  const before = zone.offsetAt(localMs - DAY_MS);
  const after = zone.offsetAt(localMs + DAY_MS);
  const first = localMs - before;
  if (before === after || zone.offsetAt(first) === before) return first;
  const second = localMs - after;
  return zone.offsetAt(second) === after ? second : first;
}

/** Writes `yyyy-MM-dd HH:mm:ss.SSS` in a zone, always with milliseconds: some clients read nothing else. */
export function formatMoment(ms: number, zone: Zone): string {
  const iso = new Date(ms + zone.offsetAt(ms)).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}

/** Cuts to the minute, as documents' moments are stored. */
export const toMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;

/** What a date in a filter stands for: its millisecond where one is written, else its whole second. */
export function rangeOf(moment: Moment): MomentRange {
  const lengthMs = moment.precision === 'millisecond' ? 1 : SECOND_MS;
  return { fromMs: moment.ms, untilMs: moment.ms + lengthMs };
}

/** Whether a date, as written, is one that filters refuse with 1035. */
export function isBeforeFilterDates(text: string): boolean {
  const written = text.trim();
  return written + DAY_START.slice(written.length) < EARLIEST_FILTER_DATE;
}

/** Reads the end of a period (`momentTo`): its last instant, inclusive; a day alone means to its end. */
export function parsePeriodEnd(text: string, zone: Zone): number | undefined {
  const moment = parseMoment(text, zone);
  if (moment === undefined) return undefined;
  if (moment.precision !== 'day') return rangeOf(moment).untilMs - 1;
  const local = moment.ms + zone.offsetAt(moment.ms);
  const midnight = Math.floor(local / DAY_MS) * DAY_MS;
  return instantOf(midnight + DAY_MS, zone) - 1;
}
