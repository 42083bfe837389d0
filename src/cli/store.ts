/** How a command opens the store: a guest beside whatever serves, or alone. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Database } from '../database/database.ts';
import { databaseFile } from '../database/open.ts';
import { Announcements } from '../platform/announcements.ts';
import { DATABASE_FILE, type DataFolder, openDataFolder } from '../platform/data-folder.ts';
import { logAnnouncements } from '../platform/log.ts';
import type { Config } from '../platform/settings.ts';
import { openStore } from '../store.ts';
import { CommandFailed, EXIT } from './command.ts';

export interface GuestStore {
  readonly database: Database;
  readonly folder: DataFolder;
  readonly announcements: Announcements;
}

/** Opens a store that exists for `work`: a command that looks or adds must not make an empty one by a slip of `--data` or `--database`. */
export function withExistingStore<T>(config: Config, work: (store: GuestStore) => Promise<T>): Promise<T> {
  const { data, database } = config;
  const file = databaseFile(database ?? resolve(data, DATABASE_FILE));
  if (file !== undefined && !existsSync(file)) {
    throw new CommandFailed(
      database === undefined
        ? `there is no store in ${data}; --data names another folder`
        : `there is no store ${file}; --database names another one`,
    );
  }
  return withStore(config, work);
}

/** Opens the store for `work`, or makes it, and closes it however `work` ends. */
export async function withStore<T>(config: Config, work: (store: GuestStore) => Promise<T>): Promise<T> {
  const announcements = new Announcements();
  const stopLog = logAnnouncements(announcements, config.logLevel);
  const folder = openDataFolder(config.data, config.database);
  const database = await openStore(folder.databaseUrl, 'guest');
  try {
    return await work({ database, folder, announcements });
  } finally {
    await database.close();
    stopLog();
  }
}

/** A signal that SIGINT and SIGTERM set: the command stops at its next safe point and exits 130. A second one ends at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
