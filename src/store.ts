/** Opens the database with the tables of every room. A composition root: it knows all rooms that keep something. */
import { accountsMigrations } from './accounts/tables.ts';
import type { Database, Role } from './database/database.ts';
import { migrate, type RoomMigrations } from './database/migrate.ts';
import { type OpenOptions, openDatabase } from './database/open.ts';
import { exchangeMigrations } from './exchange/tasks/tables.ts';
import { entityMigrations } from './warehouse/entities/tables.ts';
import { ledgerMigrations } from './warehouse/ledger/tables.ts';
import { webhooksMigrations } from './webhooks/tables.ts';

/** Every room's migrations, in the order in which they run. */
export const ROOMS: readonly RoomMigrations[] = [
  accountsMigrations,
  entityMigrations,
  ledgerMigrations,
  exchangeMigrations,
  webhooksMigrations,
];

/** Opens and migrates. Throws when the database was made by a newer version. */
export async function openStore(url: string, role: Role, options: OpenOptions = {}): Promise<Database> {
  const database = await openDatabase(url, role, options);
  try {
    await migrate(database, ROOMS);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
