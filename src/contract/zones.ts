/**
 * Time zones: how far local time is from UTC at an instant. Asking `Intl` costs some microseconds, so the answer is
 * kept for each UTC day; on a day with a change the exact instant of the change is looked up once. Formatting a
 * million dates of a few years asks it a few thousand times.
 */
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Days kept per zone: about 180 years, some megabytes at most. */
const DAYS_MAX = 65_536;

/** A zone by its IANA name. */
export interface Zone {
  readonly name: string;
  /** Local time less UTC, in ms, at an instant. */
  offsetAt(utcMs: number): number;
}

/** A day on which the offset changes: `before` until the instant, `after` from it on. */
interface Change {
  readonly atMs: number;
  readonly before: number;
  readonly after: number;
}

const zones = new Map<string, Zone>();

/** The zone of an IANA name (`UTC`, `Europe/Moscow`); undefined where this machine knows none of that name. */
export function zoneOf(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  let ask: (utcMs: number) => number;
  try {
    ask = askIntl(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const zone = remembering(name, ask);
  zones.set(name, zone);
  return zone;
}

/** The zone of the service unless told otherwise. */
export const UTC: Zone = { name: 'UTC', offsetAt: () => 0 };
zones.set('UTC', UTC);

function remembering(name: string, ask: (utcMs: number) => number): Zone {
  const days = new Map<number, number | Change>();
  const offsetAt = (utcMs: number): number => {
    const day = Math.floor(utcMs / DAY_MS);
    let known = days.get(day);
    if (known === undefined) {
      known = offsetOfDay(day * DAY_MS, ask);
      if (days.size >= DAYS_MAX) days.clear();
      days.set(day, known);
    }
    if (typeof known === 'number') return known;
    return utcMs < known.atMs ? known.before : known.after;
  };
  return { name, offsetAt };
}

/** No zone has changed its offset twice within a day of UTC since 1970. */
function offsetOfDay(startMs: number, ask: (utcMs: number) => number): number | Change {
  const before = ask(startMs);
  const after = ask(startMs + DAY_MS);
  if (before === after) return before;
  let unchangedMs = startMs;
  let changedMs = startMs + DAY_MS;
  while (changedMs - unchangedMs > SECOND_MS) {
    const middleMs = Math.floor((unchangedMs + changedMs) / 2 / SECOND_MS) * SECOND_MS;
    if (ask(middleMs) === before) unchangedMs = middleMs;
    else changedMs = middleMs;
  }
  return { atMs: changedMs, before, after };
}

function askIntl(name: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (utcMs) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utcMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
    return localMs - Math.floor(utcMs / SECOND_MS) * SECOND_MS;
  };
}
