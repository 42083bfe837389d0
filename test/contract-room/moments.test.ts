import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatMoment, parseMoment, parsePeriodEnd, rangeOf, toMinute } from '../../src/contract/moments.ts';
import { UTC, type Zone, zoneOf } from '../../src/contract/zones.ts';

const NAMES = [
  'UTC',
  'Europe/Moscow',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
];
const zone = (name: string): Zone => zoneOf(name) ?? assert.fail(name);
const instant = fc.integer({ min: Date.UTC(1972, 0, 2), max: Date.UTC(2060, 0, 1) });

/** An independent writer: Swedish dates have the API's form. */
const swedish = new Map(
  NAMES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
  ]),
);

describe('a date', () => {
  it('is written in the zone as the platform writes it, always with milliseconds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), instant, (name, ms) => {
        const expected = `${swedish.get(name)?.format(ms)}.${String(ms % 1000).padStart(3, '0')}`;
        assert.equal(formatMoment(ms, zone(name)), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('is exact in the hours around a change of the clock', () => {
    const changes = [
      ['Europe/Berlin', Date.UTC(2026, 2, 29, 1)],
      ['America/St_Johns', Date.UTC(2006, 3, 2, 3, 31)],
      ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
      ['Pacific/Apia', Date.UTC(2011, 11, 30, 10)],
      ['Europe/Moscow', Date.UTC(2014, 9, 25, 22)],
    ] as const;
    for (const [name, changeMs] of changes) {
      for (const ms of [changeMs - 3_600_000, changeMs - 1, changeMs, changeMs + 1000]) {
        assert.equal(
          formatMoment(ms, zone(name)).slice(0, 19),
          swedish.get(name)?.format(ms),
          `${name} ${ms}`,
        );
      }
      assert.notEqual(zone(name).offsetAt(changeMs - 1), zone(name).offsetAt(changeMs), name);
    }
  });

  it('is read back as it was written, the first of the two where it exists twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), instant, (name, ms) => {
        const text = formatMoment(ms, zone(name));
        const read = parseMoment(text, zone(name));
        assert.ok(read !== undefined && read.ms <= ms);
        assert.equal(formatMoment(read.ms, zone(name)), text);
        assert.equal(read.precision, 'millisecond');
      }),
      { numRuns: 2000 },
    );
  });

  it('that the clock jumps over is moved forward, one that comes twice is the first', () => {
    const berlin = zone('Europe/Berlin');
    assert.equal(parseMoment('2026-03-29 02:30:00', berlin)?.ms, Date.UTC(2026, 2, 29, 1, 30));
    assert.equal(parseMoment('2026-10-25 02:30:00', berlin)?.ms, Date.UTC(2026, 9, 25, 0, 30));
    assert.equal(parseMoment('2011-12-31 00:00', zone('Pacific/Apia'))?.ms, Date.UTC(2011, 11, 30, 10));
  });

  it('may leave out milliseconds, seconds and time', () => {
    const at = (text: string) => parseMoment(text, zone('Europe/Moscow'));
    assert.deepEqual(at('2026-04-12 00:30:15.250'), {
      ms: Date.UTC(2026, 3, 11, 21, 30, 15, 250),
      precision: 'millisecond',
    });
    assert.deepEqual(at('2026-04-12 00:30:15'), {
      ms: Date.UTC(2026, 3, 11, 21, 30, 15),
      precision: 'second',
    });
    assert.deepEqual(at(' 2026-04-12 00:30 '), { ms: Date.UTC(2026, 3, 11, 21, 30), precision: 'minute' });
    assert.deepEqual(at('2026-04-12'), { ms: Date.UTC(2026, 3, 11, 21), precision: 'day' });
    assert.equal(at('2026-04-12 00:30:15.2')?.ms, Date.UTC(2026, 3, 11, 21, 30, 15, 200));
  });

  it('is none where the calendar or the clock has no such date', () => {
    for (const text of [
      '',
      '2026',
      '2026-02-30',
      '2025-02-29',
      '2026-00-10',
      '2026-01-00',
      '2026-01-01 24:00:00',
      '2026-01-01 10:60',
      '2026-01-01 10:00:60',
      '2026-1-1',
      '2026-01-01T10:00:00',
      '2026-01-01 10:00:00Z',
      '2026-01-01 10:00:00.1234',
      '01.02.2026',
    ]) {
      assert.equal(parseMoment(text, UTC), undefined, text);
    }
    assert.equal(parseMoment('2024-02-29', UTC)?.ms, Date.UTC(2024, 1, 29));
    assert.equal(parseMoment('0001-01-01', UTC)?.ms, Date.parse('0001-01-01T00:00:00Z'));
  });

  it('stands for its whole second, or for its millisecond', () => {
    assert.deepEqual(rangeOf({ ms: 5000, precision: 'second' }), { fromMs: 5000, untilMs: 6000 });
    assert.deepEqual(rangeOf({ ms: 5000, precision: 'minute' }), { fromMs: 5000, untilMs: 6000 });
    assert.deepEqual(rangeOf({ ms: 5001, precision: 'millisecond' }), { fromMs: 5001, untilMs: 5002 });
  });

  it('as the end of a period is its last instant, without a time that of the day', () => {
    assert.equal(parsePeriodEnd('2026-03-31 12:00:00', UTC), Date.UTC(2026, 2, 31, 12, 0, 0, 999));
    assert.equal(parsePeriodEnd('2026-03-31 12:00:00.5', UTC), Date.UTC(2026, 2, 31, 12, 0, 0, 500));
    assert.equal(parsePeriodEnd('2026-03-29', zone('Europe/Berlin')), Date.UTC(2026, 2, 29, 22) - 1);
    assert.equal(parsePeriodEnd('2026-12-31', UTC), Date.UTC(2027, 0, 1) - 1);
    assert.equal(parsePeriodEnd('tomorrow', UTC), undefined);
  });

  it('of a document is cut to the minute', () => {
    assert.equal(toMinute(Date.UTC(2026, 0, 1, 10, 5, 59, 999)), Date.UTC(2026, 0, 1, 10, 5));
    assert.equal(toMinute(-1), -60_000);
  });
});

describe('a zone', () => {
  it('is known by its IANA name, and undefined by any other', () => {
    assert.equal(zoneOf('UTC'), UTC);
    assert.equal(zone('Europe/Moscow'), zone('Europe/Moscow'));
    for (const name of ['Mars/Olympus', '', 'Moscow', '../etc']) assert.equal(zoneOf(name), undefined, name);
  });
});
