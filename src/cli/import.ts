import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { parseMoment } from '../contract/moments.ts';
import { zoneOf } from '../contract/zones.ts';
import { systemClock } from '../platform/clock.ts';
import { randomIds } from '../platform/ids.ts';
import { ORDER_COLUMNS, type OrderColumn } from '../warehouse/import/mapping.ts';
import { OrderFileUnreadable, type Rejection, readOrderFile } from '../warehouse/import/order-file.ts';
import { importOrders, OrdersRefused } from '../warehouse/import/orders.ts';
import { accountsOf } from './accounts.ts';
import { addSettings, CommandFailed, EXIT, print, printJson, STORE_SETTINGS, settingsOf } from './command.ts';
import { showProgress } from './progress.ts';
import { interruptSignal, withExistingStore } from './store.ts';

type Columns = Partial<Record<OrderColumn, string>>;

interface Options {
  readonly account: string;
  readonly column: Columns;
  readonly json?: true;
}

/** `waybill import orders`: order lines become catalog and documents. */
export function importCommand(): Command {
  return new Command('import').description('Bring data in from files.').addCommand(ordersCommand());
}

function ordersCommand(): Command {
  const command = new Command('orders')
    .description('Order lines (CSV, plain or gzip) become products, stores, counterparties and documents.')
    .argument('<file>', 'the file; rejected lines go to FILE.rejected.csv beside it')
    .requiredOption('--account <ID>', 'the account (waybill account list)')
    .option(
      '--column <NAME=HEADER>',
      `what a column is called in the file; names: ${ORDER_COLUMNS.join(', ')}`,
      rename,
      {},
    )
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      '\nRun again, it goes on where it was interrupted and adds only what is new.\n\nExample:\n' +
        '  waybill import orders orders.csv.gz --account ID --column StockCode=sku',
    );
  return addSettings(command, STORE_SETTINGS).action(async (file: string, options: Options) => {
    const { config } = settingsOf(command, STORE_SETTINGS);
    const signal = interruptSignal();
    const outcome = await withExistingStore(config, async ({ database }) => {
      const account = await accountsOf(database).find(options.account);
      if (account === undefined) throw new CommandFailed(`no account ${options.account}`);
      const book = await readBook(file, options.column, config.timeZone);
      const rejectedFile = await writeRejections(file, book.rejections);
      const progress = showProgress('import', 'positions');
      const job = {
        database,
        account: account.key,
        clock: systemClock(),
        ids: randomIds,
        zone: config.timeZone,
      };
      const done = await importOrders(book, { ...job, signal, onProgress: progress.update })
        .catch((error: unknown) => {
          throw error instanceof OrdersRefused ? new CommandFailed(error.message, { cause: error }) : error;
        })
        .finally(() => progress.end());
      return { ...done, lines: book.lines, rejectedLines: book.rejections.length, rejectedFile };
    });
    report(outcome, options.json === true);
    if (outcome.interrupted) process.exitCode = EXIT.interrupted;
  });
}

function rename(text: string, before: Columns): Columns {
  const at = text.indexOf('=');
  const column = ORDER_COLUMNS.find((name) => name === text.slice(0, at));
  if (at < 1 || column === undefined) {
    throw new InvalidArgumentError(`NAME=HEADER is needed, with NAME one of ${ORDER_COLUMNS.join(', ')}`);
  }
  return { ...before, [column]: text.slice(at + 1) };
}

async function readBook(file: string, columns: Columns, zoneName: string): ReturnType<typeof readOrderFile> {
  const zone = zoneOf(zoneName);
  if (zone === undefined) throw new CommandFailed(`no time zone ${zoneName}`);
  const progress = showProgress('read', 'bytes');
  try {
    return await readOrderFile(file, {
      columns,
      parseMoment: (text) => parseMoment(text, zone)?.ms,
      onProgress: progress.update,
    });
  } catch (error) {
    if (error instanceof OrderFileUnreadable || isSystemError(error) || isCsvError(error)) {
      throw new CommandFailed(`${file}: ${error.message}`, { cause: error });
    }
    throw error;
  } finally {
    progress.end();
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;
const isCsvError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^(CSV_|Z_)/.test(String(error.code));

/** Line number and reason of each rejected line; no file when there is none. */
async function writeRejections(file: string, rejections: readonly Rejection[]): Promise<string | null> {
  if (rejections.length === 0) return null;
  const path = `${file}.rejected.csv`;
  const lines = rejections.map(({ line, reason }) => `${line},"${reason.replaceAll('"', '""')}"\n`);
  try {
    await writeFile(path, `line,reason\n${lines.join('')}`);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandFailed(`the rejected lines cannot be written to ${path}: ${error.message}`, {
      cause: error,
    });
  }
  return path;
}

function report(outcome: Awaited<ReturnType<typeof importOrders>> & ReadSummary, json: boolean): void {
  if (json) {
    printJson(outcome);
    return;
  }
  const { lines, rejectedLines, rejectedFile } = outcome;
  print(`${lines} lines read, ${rejectedLines} rejected${rejectedFile === null ? '' : ` (${rejectedFile})`}`);
  print(
    `new: ${outcome.products} products, ${outcome.stores} stores, ${outcome.counterparties} counterparties, ` +
      `${outcome.documents} documents, ${outcome.positions} positions`,
  );
  if (outcome.grownDocuments > 0) print(`${outcome.grownDocuments} documents got longer`);
  print(`${outcome.knownDocuments} documents stood already`);
  if (outcome.interrupted) print('interrupted: run the same command again to go on');
}

interface ReadSummary {
  readonly lines: number;
  readonly rejectedLines: number;
  readonly rejectedFile: string | null;
}
