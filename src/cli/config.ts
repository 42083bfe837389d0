import { Command } from 'commander';
import { printable } from '../platform/config.ts';
import { SETTINGS, type SettingName } from '../platform/settings.ts';
import { addSettings, print, printJson, settingsOf } from './command.ts';

/** `waybill config`: every setting, its value and where it came from. */
export function configCommand(): Command {
  const names = Object.keys(SETTINGS) as SettingName[];
  const command = new Command('config')
    .description('Print every setting, its value and where it came from (passwords masked).')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  WAYBILL_PORT=9000 waybill config --workers 2');
  return addSettings(command, names).action((options: { json?: true }) => {
    const explained = settingsOf(command, names).explained.map(({ name, value, origin }) => ({
      setting: SETTINGS[name].flag,
      value: printable(name, value) ?? null,
      origin,
    }));
    if (options.json) printJson(explained);
    else
      for (const line of explained) print(`${line.setting.padEnd(16)} ${show(line.value)}  (${line.origin})`);
  });
}

function show(value: unknown): string {
  if (value === null) return '–';
  return Array.isArray(value) ? value.join(', ') || '–' : String(value);
}
