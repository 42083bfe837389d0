/** The lines of a run as a table for people and as JSON for scripts. */
import { hasReached, type Line, median } from './bench.ts';

const HEADER = ['what', 'reach', 'median', 'spread', 'absolute medians', 'verdict'];

/** One line a figure, columns as wide as they need. */
export function asTable(lines: readonly Line[]): string {
  const cells = [HEADER, ...lines.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** All that was measured, round by round. */
export function asJson(lines: readonly Line[]): string {
  const judged = lines.map((line) =>
    'values' in line
      ? { ...line, median: median(line.values), verdict: verdictOf(line) }
      : { ...line, verdict: verdictOf(line) },
  );
  return JSON.stringify(judged, undefined, 2);
}

function cellsOf(line: Line): readonly string[] {
  if (!('values' in line)) return [line.what, '', '', '', line.reason, verdictOf(line)];
  const { what, reach, unit, values, absolutes } = line;
  const show = (value: number): string => `${value.toFixed(unit === 'MB' ? 0 : 2)} ${unit}`;
  return [
    what,
    'atMost' in reach ? `<= ${reach.atMost} ${unit}` : `>= ${reach.atLeast} ${unit}`,
    show(median(values)),
    `${show(Math.min(...values))} .. ${show(Math.max(...values))}`,
    absolutes.map((each) => `${each.label} ${rounded(median(each.values))} ${each.unit}`).join(', '),
    verdictOf(line),
  ];
}

const verdictOf = (line: Line): string =>
  'values' in line ? (hasReached(line) ? 'reached' : 'MISSED') : 'NOT MEASURED';

const rounded = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
