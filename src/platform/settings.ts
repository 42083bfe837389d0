/**
 * The one table of settings. Flags, environment, `waybill config`, `--help` and docs/configuration.md come from it.
 * Pure data and parsers; `config.ts` reads them once, at the start.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';

/** A value that a person typed and that cannot be: the start stops with exit status 2. */
export class SettingRefused extends Error {
  override readonly name = 'SettingRefused';
}

export interface Setting<T> {
  /** Long flag without dashes; a boolean setting that is on by default has the flag `no-…`. */
  readonly flag: string;
  readonly environment: string;
  /** What stands after the flag in `--help`; none for a switch. */
  readonly argument?: string;
  readonly sentence: string;
  /** How the default reads in help and docs. */
  readonly defaultText: string;
  readonly fallback: T;
  /** May be given several times; in environment and file separated by commas. */
  readonly repeatable?: true;
  /** `waybill config` prints it without its password. */
  readonly secret?: true;
  /** Throws `SettingRefused` with what was expected; the caller adds the setting's name. */
  readonly parse: (text: string) => T;
}

const text = (value: string): string => {
  if (value.trim() === '') throw new SettingRefused('must not be empty');
  return value;
};

function integer(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new SettingRefused(`must be a whole number from ${min} to ${max}, not '${value}'`);
    }
    return number;
  };
}

function oneOf<T extends string>(...values: readonly T[]): (value: string) => T {
  return (value) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new SettingRefused(`must be one of ${values.join(', ')}, not '${value}'`);
    return found;
  };
}

function timeZone(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    throw new SettingRefused(`must be an IANA time zone such as Europe/Moscow, not '${value}'`);
  }
}

function publicUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new SettingRefused(`must be an http(s) address without a query, not '${value}'`);
  }
  return value.replace(/\/+$/, '');
}

function databaseUrl(value: string): string {
  if (/^(postgres|postgresql):\/\//.test(value) && !URL.canParse(value)) {
    throw new SettingRefused('is not a readable postgres:// address');
  }
  if (/^[a-z0-9+]+:\/\//.test(value) && !/^(postgres|postgresql|sqlite):\/\//.test(value)) {
    throw new SettingRefused('must be postgres://… or the path of a SQLite file');
  }
  return text(value);
}

const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(:\d{1,5})?$/;

function hostAndPort(value: string): readonly string[] {
  if (!HOST_AND_PORT.test(value)) throw new SettingRefused(`must be HOST or HOST:PORT, not '${value}'`);
  return [value.toLowerCase()];
}

/** An address, or a network as `10.0.0.0/8`. */
function proxyAddress(value: string): readonly string[] {
  const [address = '', prefix, ...more] = value.split('/');
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest);
  if (family === 0 || !isPrefix || more.length > 0) {
    throw new SettingRefused(`must be an IP address or a network such as 10.0.0.0/8, not '${value}'`);
  }
  return [value];
}

function onOrOff(value: string): boolean {
  if (/^(1|true|on|yes)$/i.test(value)) return true;
  if (/^(0|false|off|no)$/i.test(value)) return false;
  throw new SettingRefused(`must be 1 or 0, not '${value}'`);
}

function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

const LARGEST_LIMIT = 1_000;

export const SETTINGS = {
  host: setting({
    flag: 'host',
    environment: 'WAYBILL_HOST',
    argument: 'ADDRESS',
    sentence: 'Address to listen on.',
    defaultText: '127.0.0.1',
    fallback: '127.0.0.1',
    parse: text,
  }),
  port: setting({
    flag: 'port',
    environment: 'WAYBILL_PORT',
    argument: 'PORT',
    sentence: 'Port to listen on; 0 takes a free one.',
    defaultText: '8080',
    fallback: 8080,
    parse: integer(0, 65_535),
  }),
  data: setting({
    flag: 'data',
    environment: 'WAYBILL_DATA',
    argument: 'FOLDER',
    sentence: 'Folder of the database, the results and the secrets; made when absent.',
    defaultText: './data',
    fallback: './data',
    parse: text,
  }),
  trustProxy: setting<readonly string[]>({
    flag: 'trust-proxy',
    environment: 'WAYBILL_TRUST_PROXY',
    argument: 'ADDRESS',
    sentence: 'Address of a proxy whose X-Forwarded-* headers are believed.',
    defaultText: 'none',
    fallback: [],
    repeatable: true,
    parse: proxyAddress,
  }),
  publicUrl: setting<string | undefined>({
    flag: 'public-url',
    environment: 'WAYBILL_PUBLIC_URL',
    argument: 'URL',
    sentence: 'Address under which clients reach the server: hrefs and links begin with it.',
    defaultText: "the request's Host",
    fallback: undefined,
    parse: publicUrl,
  }),
  database: setting<string | undefined>({
    flag: 'database',
    environment: 'DATABASE_URL',
    argument: 'URL',
    sentence: 'postgres://… instead of the SQLite file in the data folder.',
    defaultText: 'waybill.db in the data folder',
    fallback: undefined,
    secret: true,
    parse: databaseUrl,
  }),
  workers: setting({
    flag: 'workers',
    environment: 'WAYBILL_WORKERS',
    argument: 'N',
    sentence: 'Processes that build results; 0 serves the API only.',
    defaultText: 'cores less one, at least 1',
    fallback: Math.max(1, availableParallelism() - 1),
    parse: integer(0, 64),
  }),
  maxUnfinished: setting({
    flag: 'max-unfinished',
    environment: 'WAYBILL_MAX_UNFINISHED',
    argument: 'N',
    sentence: 'Unfinished asynchronous tasks of one account; one more is refused with 61002.',
    defaultText: '4',
    fallback: 4,
    parse: integer(1, LARGEST_LIMIT),
  }),
  maxRunning: setting({
    flag: 'max-running',
    environment: 'WAYBILL_MAX_RUNNING',
    argument: 'N',
    sentence: 'Tasks of one account that run at the same time.',
    defaultText: '1',
    fallback: 1,
    parse: integer(1, LARGEST_LIMIT),
  }),
  timeZone: setting({
    flag: 'time-zone',
    environment: 'WAYBILL_TIME_ZONE',
    argument: 'ZONE',
    sentence: 'Time zone in which dates are read and written.',
    defaultText: 'UTC',
    fallback: 'UTC',
    parse: timeZone,
  }),
  keepAliveSeconds: setting({
    flag: 'keep-alive',
    environment: 'WAYBILL_KEEP_ALIVE',
    argument: 'SECONDS',
    sentence: 'How long an idle connection stays open.',
    defaultText: '65',
    fallback: 65,
    parse: integer(1, 3_600),
  }),
  logLevel: setting<'debug' | 'info' | 'warn' | 'error' | 'silent'>({
    flag: 'log-level',
    environment: 'WAYBILL_LOG_LEVEL',
    argument: 'LEVEL',
    sentence: 'debug, info, warn, error or silent.',
    defaultText: 'info',
    fallback: 'info',
    parse: oneOf('debug', 'info', 'warn', 'error', 'silent'),
  }),
  webhookAllow: setting<readonly string[]>({
    flag: 'webhook-allow',
    environment: 'WAYBILL_WEBHOOK_ALLOW',
    argument: 'HOST[:PORT]',
    sentence: 'Private, link-local or loopback address that webhooks may call all the same.',
    defaultText: 'none',
    fallback: [],
    repeatable: true,
    parse: hostAndPort,
  }),
  demo: setting({
    flag: 'no-demo',
    environment: 'WAYBILL_DEMO',
    sentence: 'Do not make the demo account at the first start of an empty store.',
    defaultText: 'the demo account is made',
    fallback: true,
    parse: onOrOff,
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N]['fallback'];
export type Config = { readonly [N in SettingName]: SettingValue<N> };
