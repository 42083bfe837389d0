/**
 * The engines that every suite touching data runs on:
 *
 *     for (const engine of engines) {
 *       describe(engine.name, () => {
 *         it('…', async () => {
 *           await using opened = await engine.open([exchangeMigrations]);
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import pg from 'pg';
import type { Database, Role } from '../../src/database/database.ts';
import { migrate, type RoomMigrations } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open.ts';
import { type Cluster, POSTGRES_VARIABLE, startCluster } from './postgres.ts';

export interface TestDatabase extends AsyncDisposable {
  /** Opened as `server`. */
  readonly database: Database;
  readonly url: string;
  /** The same database once more, as another process would have it; closed with the rest. */
  reopen(role: Role): Promise<Database>;
}

export interface Engine {
  readonly name: Database['engine'];
  /** A fresh database of its own with the rooms' migrations, removed at dispose. */
  open(rooms?: readonly RoomMigrations[]): Promise<TestDatabase>;
}

export const engines: readonly Engine[] = [
  {
    name: 'sqlite',
    async open(rooms = []) {
      const folder = await mkdtemp(join(tmpdir(), 'waybill-sqlite-'));
      const url = `sqlite://${join(folder, 'test.db')}`;
      return opened(url, rooms, () => rm(folder, { recursive: true, force: true }));
    },
  },
  {
    name: 'postgres',
    async open(rooms = []) {
      const pool = await administrator();
      const template = await templateFor(pool, rooms);
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await pool.query(`create database ${name} template ${template} strategy file_copy`);
      return opened(urlOf(name), rooms, async () => {
        await pool.query(`drop database ${name} with (force)`);
      });
    },
  },
];

async function opened(
  url: string,
  rooms: readonly RoomMigrations[],
  remove: () => Promise<void>,
): Promise<TestDatabase> {
  const open: Database[] = [];
  const reopen = async (role: Role): Promise<Database> => {
    const database = await openDatabase(url, role);
    open.push(database);
    return database;
  };
  const database = await reopen('server');
  if (rooms.length > 0) await migrate(database, rooms);
  return {
    database,
    url,
    reopen,
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map((each) => each.close()));
      await remove();
    },
  };
}

let cluster: Promise<Cluster> | undefined;
let admin: Promise<pg.Pool> | undefined;

/** A connection to the run's cluster; a file that is run by itself gets a cluster of its own. */
function administrator(): Promise<pg.Pool> {
  admin ??= connect();
  return admin;
}

async function connect(): Promise<pg.Pool> {
  let url = process.env[POSTGRES_VARIABLE];
  if (url === undefined) {
    cluster = startCluster();
    url = (await cluster).url;
    process.env[POSTGRES_VARIABLE] = url;
  }
  return new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
}

after(async () => {
  await (await admin)?.end();
  await (await cluster)?.stop();
});

/**
 * A database with the rooms' migrations, made once a run and then copied: 28 ms for 20 tables, where migrating takes
 * 18 for the empty database and 2 a table. (By `strategy wal_log` an empty one takes 43.)
 */
async function templateFor(pool: pg.Pool, rooms: readonly RoomMigrations[]): Promise<string> {
  if (rooms.length === 0) return 'template0';
  const digest = createHash('sha256').update(JSON.stringify(rooms)).digest('hex').slice(0, 32);
  const name = `template_${digest}`;
  const client = await pool.connect();
  try {
    // Test files run side by side: one of them makes the template, the others wait.
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await makeTemplate(client, name, rooms);
    return name;
  } finally {
    await client.query('select pg_advisory_unlock_all()');
    client.release();
  }
}

async function makeTemplate(
  client: pg.PoolClient,
  name: string,
  rooms: readonly RoomMigrations[],
): Promise<void> {
  const draft = `draft_${randomUUID().replaceAll('-', '')}`;
  await client.query(`create database ${draft} template template0 strategy file_copy`);
  const database = await openDatabase(urlOf(draft), 'server');
  try {
    await migrate(database, rooms);
  } finally {
    await database.close();
  }
  await client.query(`alter database ${draft} rename to ${name}`);
}

function urlOf(database: string): string {
  const url = new URL(process.env[POSTGRES_VARIABLE]!);
  url.pathname = `/${database}`;
  return url.href;
}
