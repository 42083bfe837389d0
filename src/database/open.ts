import { fileURLToPath } from 'node:url';
import type { Announce } from '../platform/announcements.ts';
import type { Database, Role } from './database.ts';
import { SqliteDatabase } from './sqlite/engine.ts';

export interface OpenOptions {
  /** PostgreSQL behind a pooler in transaction mode: the server's own URL, for LISTEN. */
  readonly directUrl?: string;
  readonly announce?: Announce;
}

/**
 * Opens the database of a URL: `sqlite:///absolute/path/file.db` or a plain path is SQLite, `postgres://…` and
 * `postgresql://…` is PostgreSQL. A reader of a SQLite file that does not exist fails; other roles make it.
 */
export async function openDatabase(url: string, role: Role, options: OpenOptions = {}): Promise<Database> {
  const path = databaseFile(url);
  if (path === undefined) {
    // Loaded only where it is used: a worker beside an embedded database starts without it.
    const { PostgresDatabase } = await import('./postgres/engine.ts');
    return PostgresDatabase.open(url, role, options);
  }
  return SqliteDatabase.open(path, role, options);
}

/** The file of a URL that names an embedded database; undefined for PostgreSQL. Throws where it names neither. */
export function databaseFile(url: string): string | undefined {
  if (/^postgres(ql)?:/i.test(url)) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'sqlite') {
    const path = /^sqlite:\/\/(\/[^?#]+)$/i.exec(url)?.[1];
    if (path === undefined)
      throw new Error(`not a database: ${url}; expected sqlite:///absolute/path/file.db`);
    return fileURLToPath(`file://${path}`);
  }
  if (scheme !== undefined)
    throw new Error(`no database engine for ${scheme}: expected sqlite, postgres or a path`);
  return url;
}
