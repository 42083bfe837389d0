import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvRecords, CsvUnreadable } from '../../../src/warehouse/import/csv-records.ts';

interface Read {
  readonly record: readonly string[];
  readonly line: number;
}

/** Reads bytes that come in chunks of the given lengths, then the rest. */
function read(bytes: Buffer, lengths: readonly number[] = []): readonly Read[] {
  const found: Read[] = [];
  const records = new CsvRecords((record, line) => found.push({ record, line }));
  let at = 0;
  for (const length of lengths) {
    records.add(bytes.subarray(at, at + length));
    at += length;
  }
  records.add(bytes.subarray(at));
  records.end();
  return found;
}

const recordsOf = (text: string): readonly (readonly string[])[] =>
  read(Buffer.from(text)).map(({ record }) => record);

/** Another reader, told to forgive the same. */
const asOthersRead = (text: string): readonly (readonly string[])[] =>
  parse(text, { bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });

const isUnclosed = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'CSV_QUOTE_NOT_CLOSED';

/** Text made of what matters to a reader. */
const dirt = fc
  .array(fc.constantFrom('a', 'é', '日', ' ', ',', ',', '"', '"', '""', '\n', '\n'), { maxLength: 40 })
  .map((parts) => parts.join(''));

describe('the records of a CSV file', () => {
  it('are the lines and their fields', () => {
    assert.deepEqual(recordsOf('a,b\n1,\n,2\n'), [
      ['a', 'b'],
      ['1', ''],
      ['', '2'],
    ]);
  });

  it('keep commas, quotes and line ends that stand in quotes', () => {
    assert.deepEqual(recordsOf('"a,b","say ""hi""","two\nlines"\nc,"",d'), [
      ['a,b', 'say "hi"', 'two\nlines'],
      ['c', '', 'd'],
    ]);
  });

  it('take a quote inside a field as a letter', () => {
    assert.deepEqual(recordsOf('RECORD 7" SINGLE,2\n"a"b,3\n'), [
      ['RECORD 7" SINGLE', '2'],
      ['"a"b', '3'],
    ]);
  });

  it('begin behind a byte order mark and end with or without a line end', () => {
    assert.deepEqual(recordsOf('\ufeffa,b\n1,2'), [
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('are the same with the line ends of every system', () => {
    const text = 'a,"b"\n\n1,"x""y"\n2,z\n';
    const expected = read(Buffer.from(text));
    assert.deepEqual(read(Buffer.from(text.replaceAll('\n', '\r\n'))), expected);
    assert.deepEqual(read(Buffer.from(text.replaceAll('\n', '\r'))), expected);
  });

  it('know the line on which they begin', () => {
    assert.deepEqual(
      read(Buffer.from('a\n\n"b\nc",d\ne\n')).map(({ line }) => line),
      [1, 3, 5],
    );
  });

  it('do not depend on where the chunks end', () => {
    fc.assert(
      fc.property(
        dirt,
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(5), { maxLength: 30 }),
        (text, ending, lengths) => {
          const bytes = Buffer.from(`${text}\n"x,y",""z\n`.replaceAll('\n', ending));
          const whole = outcome(() => read(bytes));
          assert.deepEqual(
            outcome(() => read(bytes, lengths)),
            whole,
          );
        },
      ),
    );
  });

  it('are those that another reader finds', () => {
    fc.assert(
      fc.property(dirt, (text) => {
        const ours = outcome(() => recordsOf(text));
        const theirs = outcome(() => asOthersRead(text));
        assert.deepEqual(ours, theirs);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are refused where a quote is never closed, at the end or after a megabyte', () => {
    assert.throws(() => recordsOf('a,b\n"c,d\n'), /quote at line 2 is not closed/);
    const open = Buffer.from(`a\n"${'x\n'.repeat(600_000)}`);
    assert.throws(() => read(open), /record at line 2 has no end/);
  });
});

function outcome<T>(work: () => T): T | 'unclosed' {
  try {
    return work();
  } catch (error) {
    if (error instanceof CsvUnreadable || isUnclosed(error)) return 'unclosed';
    throw error;
  }
}
