/**
 * The figures of speed, each a ratio against a baseline in the same run.
 *
 *     node bench/run.ts [--rounds 5] [--small] [--json] [--keep DIR] [--retail FILE] [BENCH…]
 *
 * `--small` takes a tenth of the data, for a quick look. `--keep` uses data folders in DIR again (made where they are
 * not) instead of removing them. `--retail` names the file of order lines for `import`. Exit status 1 when a figure
 * misses its reach or could not be measured.
 */
import { parseArgs } from 'node:util';
import { type Bench, hasReached, type Line, type Setting } from './bench.ts';
import { DataFolders } from './data-folders.ts';
import { exportAgainstPaging } from './export-against-paging.ts';
import { exportAgainstPipe, exportAgainstPipePostgres } from './export-against-pipe.ts';
import { exportAgainstSqlite3 } from './export-against-sqlite3.ts';
import { history } from './history.ts';
import { importOrders } from './import.ts';
import { memory } from './memory.ts';
import { polls } from './polls.ts';
import { asJson, asTable } from './table.ts';

const BENCHES: readonly Bench[] = [
  exportAgainstPipe,
  exportAgainstPipePostgres,
  exportAgainstSqlite3,
  exportAgainstPaging,
  memory,
  polls,
  history,
  importOrders,
];

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    small: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    keep: { type: 'string' },
    retail: { type: 'string' },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
const rounds = Number(values.rounds);
if (unknown.length > 0 || !(rounds >= 1)) {
  console.error(`benches: ${BENCHES.map(({ name }) => name).join(', ')}; --rounds is at least 1`);
  process.exit(2);
}
const chosen = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const say = (text: string): void => console.error(text);

await using folders = await DataFolders.open(values.keep, say);
const setting: Setting = { rounds, isSmall: values.small, retail: values.retail, folders, say };
const lines: Line[] = [];
for (const bench of chosen) {
  say(`${bench.name} …`);
  lines.push(...(await bench.run(setting)));
}
console.log(values.json ? asJson(lines) : asTable(lines));
if (values.small) say('a quick look at a tenth of the size: the verdicts say nothing');
process.exitCode = lines.every((line) => 'values' in line && hasReached(line)) ? 0 : 1;
