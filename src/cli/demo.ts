import { Command } from 'commander';
import { systemClock } from '../platform/clock.ts';
import { makeDemoData } from '../warehouse/import/demo.ts';
import type { DemoSize } from '../warehouse/import/demo-drafts.ts';
import { accountsOf } from './accounts.ts';
import {
  addSettings,
  CommandFailed,
  EXIT,
  print,
  STORE_SETTINGS,
  settingsOf,
  wholeNumber,
} from './command.ts';
import { makeDemoAccount } from './first-run.ts';
import { showProgress } from './progress.ts';
import { interruptSignal, withStore } from './store.ts';

interface Options extends DemoSize {
  readonly account?: string;
}

const MOST = 10_000_000;

/** `waybill demo`: deterministic synthetic data of a wanted size. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Make deterministic synthetic data. On an empty store it makes the demo account, too.')
    .requiredOption('--products <N>', 'products in folders', wholeNumber(1, MOST))
    .requiredOption('--stores <M>', 'stores', wholeNumber(1, 1_000))
    .requiredOption('--movements <K>', 'positions of documents', wholeNumber(0, MOST))
    .option('--seed <S>', 'the same seed gives the same data', wholeNumber(0, 2 ** 31 - 1), 1)
    .option('--account <ID>', 'an account without data of its own, instead of the demo account')
    .addHelpText(
      'after',
      '\nExample:\n  waybill demo --products 100000 --stores 10 --movements 300000 --seed 1 --data ./large',
    );
  return addSettings(command, STORE_SETTINGS).action(async (options: Options) => {
    const { config } = settingsOf(command, STORE_SETTINGS);
    const signal = interruptSignal();
    const progress = showProgress('demo', 'positions');
    await withStore(config, async ({ database, folder }) => {
      const onProgress = progress.update;
      const zone = config.timeZone;
      if (options.account === undefined) {
        const made = await makeDemoAccount({ database, folder, zone, url: '', signal, onProgress }, options);
        if (made === undefined) throw new CommandFailed('the store has accounts: name one with --account');
        return;
      }
      const account = await accountsOf(database).find(options.account);
      if (account === undefined) throw new CommandFailed(`no account ${options.account}`);
      const job = { database, account: account.key, now: systemClock().now(), zone, signal };
      await makeDemoData({ ...job, onProgress }, options);
    });
    progress.end();
    if (signal.aborted) process.exitCode = EXIT.interrupted;
    else print(`${options.products} products, ${options.stores} stores, ${options.movements} positions`);
  });
}
