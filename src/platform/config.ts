/** Reads the settings once: flag over environment over `waybill.config.json` over default. */
import { readFileSync } from 'node:fs';
import { type Config, SETTINGS, type SettingName, SettingRefused } from './settings.ts';

export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface Explained {
  readonly name: SettingName;
  readonly value: unknown;
  readonly origin: Origin;
}

/** What a person typed for a setting: text of each occurrence, or a switch. */
export type Flags = Readonly<Partial<Record<SettingName, string | readonly string[] | boolean>>>;

const CONFIG_FILE = 'waybill.config.json';
const names = Object.keys(SETTINGS) as readonly SettingName[];

/** The values, and where each came from. Throws `SettingRefused` naming the setting. */
export function readConfig(
  flags: Flags,
  environment: NodeJS.ProcessEnv = process.env,
  file: Readonly<Record<string, unknown>> = readConfigFile(),
): { config: Config; explained: readonly Explained[] } {
  const known = new Set(names.map((name) => SETTINGS[name].flag));
  for (const key of Object.keys(file)) {
    if (!known.has(key)) throw new SettingRefused(`${CONFIG_FILE}: unknown setting '${key}'`);
  }
  const explained = names.map((name) => explain(name, flags, environment, file));
  const config = Object.fromEntries(explained.map(({ name, value }) => [name, value])) as unknown as Config;
  return { config, explained };
}

function explain(
  name: SettingName,
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  file: Readonly<Record<string, unknown>>,
): Explained {
  const setting = SETTINGS[name];
  const flag = flags[name];
  if (flag !== undefined) return { name, value: parse(name, `--${setting.flag}`, flag), origin: 'flag' };
  const variable = environment[setting.environment];
  if (variable !== undefined && variable !== '') {
    return { name, value: parse(name, setting.environment, split(name, variable)), origin: 'environment' };
  }
  const entry = file[setting.flag];
  if (entry !== undefined) {
    const texts = Array.isArray(entry) ? entry.map(String) : split(name, String(entry));
    return { name, value: parse(name, `${CONFIG_FILE}: ${setting.flag}`, texts), origin: 'file' };
  }
  return { name, value: setting.fallback, origin: 'default' };
}

function split(name: SettingName, value: string): string | readonly string[] {
  return 'repeatable' in SETTINGS[name] && SETTINGS[name].repeatable
    ? value.split(',').map((part) => part.trim())
    : value;
}

function parse(name: SettingName, shown: string, value: string | readonly string[] | boolean): unknown {
  const setting = SETTINGS[name];
  if (typeof value === 'boolean') return value;
  const texts = typeof value === 'string' ? [value] : value;
  try {
    const parsed: unknown[] = texts.map((text) => setting.parse(text));
    return 'repeatable' in setting && setting.repeatable ? parsed.flat() : parsed.at(-1);
  } catch (error) {
    if (error instanceof SettingRefused)
      throw new SettingRefused(`${shown} ${error.message}`, { cause: error });
    throw error;
  }
}

function readConfigFile(): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(CONFIG_FILE, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new SettingRefused(`${CONFIG_FILE} cannot be read`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new SettingRefused(`${CONFIG_FILE} is not JSON`, { cause: error });
  }
  throw new SettingRefused(`${CONFIG_FILE} must hold an object of settings`);
}

/** The value as `waybill config` may print it: a password in an address is masked. */
export function printable(name: SettingName, value: unknown): unknown {
  const setting = SETTINGS[name];
  if (!('secret' in setting) || !setting.secret || typeof value !== 'string') return value;
  // Up to the last @ of the authority: a password may hold one. PostgreSQL takes it among the parameters, too.
  return value
    .replace(/(:\/\/[^:/?#@]*):[^/?#]*@/, '$1:***@')
    .replace(/([?&](?:ssl)?password=)[^&#]*/gi, '$1***');
}
