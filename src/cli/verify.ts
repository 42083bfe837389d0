import { Command } from 'commander';
import { verify } from '../warehouse/ledger/verify.ts';
import { addSettings, EXIT, print, printJson, STORE_SETTINGS, settingsOf } from './command.ts';
import { withExistingStore } from './store.ts';

/** `waybill verify`: are the registers what the documents say? */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('Rebuild the registers from the documents and compare; exit status 1 if they disagree.')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  waybill verify --data ./data');
  return addSettings(command, STORE_SETTINGS).action(async (options: { json?: true }) => {
    const { config } = settingsOf(command, STORE_SETTINGS);
    const report = await withExistingStore(config, ({ database }) => verify(database));
    if (options.json) printJson(report);
    else {
      for (const difference of report.differences) print(JSON.stringify(difference));
      print(
        report.differences.length === 0
          ? `The registers agree with the documents: ${report.documents} documents, ${report.entries} entries.`
          : `${report.differences.length} differences.`,
      );
    }
    if (report.differences.length > 0) process.exitCode = EXIT.failed;
  });
}
