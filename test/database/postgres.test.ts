/** What only the engine for several processes has to prove. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { startDatabaseProcess } from '../support/database-process.ts';
import { engines } from '../support/engines.ts';

const postgres = engines.find(({ name }) => name === 'postgres')!;
const kept = {
  room: 'kept',
  migrations: [{ name: '0001', statements: ['create table kept (id {int} primary key, n {int} not null)'] }],
};

/** Ends the server's side of the database's connections, but for the one that asks. */
async function disconnectAll(url: string, where = 'true'): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and ${where}`,
  );
  await client.end();
  return rowCount ?? 0;
}

const ids = async (database: Database): Promise<number[]> =>
  (await database.read((q) => q.all<{ id: number }>('select id from kept order by id'))).map(({ id }) => id);

describe('postgres', () => {
  it('waits for the disk at each commit but those that may be undone by a power cut', async () => {
    await using opened = await postgres.open([kept]);
    // The suite's own cluster waits for no disk at all; this database is set up as one in earnest.
    await opened.database.read((q) =>
      q.run(
        `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`,
      ),
    );
    const database = await opened.reopen('guest');
    const levelIn = async (write: 'write' | 'writeUnsynced') =>
      (await database[write]((tx) => tx.one<{ synchronous_commit: string }>('show synchronous_commit')))
        ?.synchronous_commit;
    assert.equal(await levelIn('writeUnsynced'), 'off');
    assert.equal(await levelIn('write'), 'on');
  });

  it('cancels the running statement of a snapshot whose signal says so, and nothing else', async () => {
    await using opened = await postgres.open([kept]);
    const abort = new AbortController();
    const reason = new Error('cancelled by the user');
    const neighbour = opened.database.snapshot((s) => s.one('select pg_sleep(0.2), 1 as x'));
    const reading = opened.database.snapshot(async (snapshot) => {
      await snapshot.one('select 1');
      const forever = snapshot.one('select pg_sleep(600)');
      setImmediate(() => abort.abort(reason));
      await forever;
    }, abort.signal);
    await assert.rejects(reading, reason);
    assert.equal(((await neighbour) as { x: number }).x, 1);
    const [running] = await opened.database.read((q) =>
      q.all<{ n: number }>(
        "select count(*) as n from pg_stat_activity where query like '%pg_sleep(600)%' and state = 'active' and pid <> pg_backend_pid()",
      ),
    );
    assert.equal(running!.n, 0);
  });

  it('tries a transaction again that lost a deadlock', async () => {
    await using opened = await postgres.open([kept]);
    const { database } = opened;
    await database.write((tx) =>
      tx.insertRows(
        'kept',
        ['id', 'n'],
        [
          [1, 0],
          [2, 0],
        ],
      ),
    );
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let attempts = 0;
    const both = (first: number, second: number): Promise<void> =>
      database.write(async (tx) => {
        attempts++;
        await tx.run('update kept set n = n + 1 where id = $1', [first]);
        met[first - 1]!.resolve();
        await met[second - 1]!.promise;
        await tx.run('update kept set n = n + 1 where id = $1', [second]);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    assert.deepEqual(await database.read((q) => q.all('select n from kept order by id')), [
      { n: 2 },
      { n: 2 },
    ]);
    assert.equal(attempts, 3);
  });

  it('takes another connection where the server has closed the one at hand', async () => {
    await using opened = await postgres.open([kept]);
    const { database } = opened;
    await database.write((tx) => tx.insertRows('kept', ['id', 'n'], [[1, 0]]));
    await database.snapshot((s) => s.all('select 1'));
    assert.ok((await disconnectAll(opened.url)) >= 3);
    assert.deepEqual(await ids(database), [1]);
    await database.write((tx) => tx.insertRows('kept', ['id', 'n'], [[2, 0]]));
    assert.equal((await database.snapshot((s) => s.all('select 1 from kept'))).length, 2);
  });

  it('says so when the connection is lost in the middle, and works on', async () => {
    await using opened = await postgres.open([kept]);
    const { database } = opened;
    await assert.rejects(
      database.write(async (tx) => {
        await tx.insertRows('kept', ['id', 'n'], [[1, 0]]);
        await disconnectAll(opened.url);
        await tx.insertRows('kept', ['id', 'n'], [[2, 0]]);
      }),
    );
    await assert.rejects(
      database.snapshot(async (snapshot) => {
        for await (const _ of snapshot.batches({ text: 'select generate_series(1, 1000)', params: [] }, 10))
          await disconnectAll(opened.url);
      }),
    );
    assert.deepEqual(await ids(database), []);
  });

  it('wakes listeners again after their connection was lost', async () => {
    await using opened = await postgres.open([kept]);
    await using other = await startDatabaseProcess(opened.url, 'guest');
    let woken = Promise.withResolvers<void>();
    opened.database.listen('tasks', () => woken.resolve());
    await woken.promise;
    await disconnectAll(opened.url, "application_name = 'waybill listener'");
    woken = Promise.withResolvers<void>();
    await other.order({ do: 'wake', channel: 'tasks' });
    await woken.promise;
  });

  it('lets writers wait for a lock without a connection, so that others get one', async () => {
    await using opened = await postgres.open([kept]);
    const { database } = opened;
    const { promise: free, resolve: release } = Promise.withResolvers<void>();
    const lock = { space: 'ledger', key: 1 } as const;
    const holder = database.write(() => free, lock);
    const waiting = Array.from({ length: 50 }, (_, id) =>
      database.write((tx) => tx.insertRows('kept', ['id', 'n'], [[id, 0]]), lock),
    );
    await database.write((tx) => tx.insertRows('kept', ['id', 'n'], [[100, 0]]), { space: 'ledger', key: 2 });
    await database.write((tx) => tx.insertRows('kept', ['id', 'n'], [[101, 0]]));
    assert.deepEqual(await ids(database), [100, 101]);
    release();
    await Promise.all([holder, ...waiting]);
    assert.equal((await ids(database)).length, 52);
  });

  it('does not call a transaction committed whose failed statement was swallowed', async () => {
    await using opened = await postgres.open([kept]);
    const { database } = opened;
    await assert.rejects(
      database.write(async (tx) => {
        await tx.insertRows('kept', ['id', 'n'], [[1, 0]]);
        await tx.insertRows('kept', ['id', 'n'], [[1, 0]]).catch(() => {});
      }),
      /rolled back/,
    );
    assert.deepEqual(await ids(database), []);
  });

  it('refuses a database whose encoding is not UTF-8, and says where it did not get to', async () => {
    await using opened = await postgres.open();
    const wrong = new URL(opened.url);
    wrong.pathname = `${wrong.pathname}_ascii`;
    const name = wrong.pathname.slice(1);
    const admin = new pg.Client({ connectionString: opened.url });
    await admin.connect();
    await admin.query(`create database ${name} template template0 encoding 'SQL_ASCII'`);
    await assert.rejects(openDatabase(wrong.href, 'server'), /SQL_ASCII, and UTF8 is needed/);
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
    await assert.rejects(openDatabase('postgres://me:secret@127.0.0.1:1/none', 'server'), (error: Error) => {
      assert.match(error.message, /127\.0\.0\.1:1: .*ECONNREFUSED/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
});
