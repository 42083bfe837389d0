/** What lies where in the data folder, and who may open it. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The embedded database, in the data folder. */
export const DATABASE_FILE = 'waybill.db';

export interface DataFolder {
  readonly path: string;
  readonly databaseUrl: string;
  /** Whether the database is a file, which one server alone may serve. */
  readonly isEmbedded: boolean;
  readonly resultsUrl: string;
}

/** `first-run.json`: how scripts find the demo administrator. */
export interface FirstRun {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly token: string;
  readonly accountId: string;
}

/** Makes the folder (0700) when absent and names its parts. `databaseUrl` overrides the file in the folder. */
export function openDataFolder(path: string, databaseUrl: string | undefined): DataFolder {
  const absolute = resolve(path);
  mkdirSync(absolute, { recursive: true, mode: 0o700 });
  return {
    path: absolute,
    databaseUrl: databaseUrl ?? join(absolute, DATABASE_FILE),
    isEmbedded: databaseUrl === undefined || !/^postgres(ql)?:/i.test(databaseUrl),
    resultsUrl: join(absolute, 'results'),
  };
}

/** The folder is held by another server. */
export class FolderHeld extends Error {
  override readonly name = 'FolderHeld';
}

/**
 * Holds the folder for this process by an exclusive transaction on `lock.db`: free at once after kill -9, which a pid
 * file is not. Throws `FolderHeld`. The answer lets go.
 */
export function holdFolder(folder: DataFolder): () => void {
  const lock = new DatabaseSync(join(folder.path, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5) {
      throw new FolderHeld(
        `${folder.path} is held by another waybill serve; a second one needs PostgreSQL (DATABASE_URL=postgres://…)`,
        { cause: error },
      );
    }
    throw error;
  }
  return () => lock.close();
}

const firstRunPath = (folder: DataFolder): string => join(folder.path, 'first-run.json');

/** The demo administrator's credentials, when this folder has them. */
export function readFirstRun(folder: DataFolder): FirstRun | undefined {
  if (!existsSync(firstRunPath(folder))) return undefined;
  return JSON.parse(readFileSync(firstRunPath(folder), 'utf8')) as FirstRun;
}

/** Writes them (0600), whole or not at all. */
export function writeFirstRun(folder: DataFolder, firstRun: FirstRun): void {
  // Servers of one PostgreSQL share the folder and start together: each writes a file of its own.
  const temporary = `${firstRunPath(folder)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(firstRun, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, firstRunPath(folder));
}
