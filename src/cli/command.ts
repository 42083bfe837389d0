/** What every command shares: its settings as flags, its exit status, its way to speak to people and to scripts. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Explained, type Flags, readConfig } from '../platform/config.ts';
import { type Config, SETTINGS, type SettingName } from '../platform/settings.ts';

/** Exit status: 0 done. */
export const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;

/** The job failed for a reason that a person can mend: one line on stderr, exit status 1 (or the one given). */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitStatus: number;
  constructor(message: string, options: { cause?: unknown; exitStatus?: number } = {}) {
    super(message, { cause: options.cause });
    this.exitStatus = options.exitStatus ?? EXIT.failed;
  }
}

/** Settings of every command that opens the store. */
export const STORE_SETTINGS: readonly SettingName[] = ['data', 'database', 'timeZone', 'logLevel'];

/** Adds flags for the named settings, from the one table. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const setting = SETTINGS[name];
    const argument = 'argument' in setting ? ` <${setting.argument}>` : '';
    const option = new Option(
      `--${setting.flag}${argument}`,
      `${setting.sentence} (${setting.environment}; default: ${setting.defaultText})`,
    );
    if ('repeatable' in setting && setting.repeatable) {
      option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    }
    command.addOption(option);
  }
  return command;
}

/** The settings of a command as it was typed. Throws `SettingRefused`. */
export function settingsOf(
  command: Command,
  names: readonly SettingName[],
): { config: Config; explained: readonly Explained[] } {
  const flags: Record<string, string | readonly string[] | boolean> = {};
  for (const name of names) {
    const setting = SETTINGS[name];
    const key = attributeOf(setting.flag);
    if (command.getOptionValueSource(key) !== 'cli') continue;
    flags[name] = command.getOptionValue(key);
  }
  return readConfig(flags as Flags);
}

/** Commander's own name for a flag: `no-demo` sets `demo` to false, `public-url` is `publicUrl`. */
function attributeOf(flag: string): string {
  return flag.replace(/^no-/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A parser for whole numbers of a command's own options. */
export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed`);
    }
    return number;
  };
}

/** One line of JSON on stdout, for scripts. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Text on stdout, for people. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
