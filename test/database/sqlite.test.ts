/** What only the embedded engine has to prove. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDatabase } from '../../src/database/open.ts';
import { SqliteDatabase } from '../../src/database/sqlite/engine.ts';
import { Announcements } from '../../src/platform/announcements.ts';
import { startDatabaseProcess } from '../support/database-process.ts';
import { engines } from '../support/engines.ts';

const sqlite = engines.find(({ name }) => name === 'sqlite')!;
const kept = {
  room: 'kept',
  migrations: [{ name: '0001', statements: ['create table kept (id {int} primary key)'] }],
};
const pathOf = (url: string): string => fileURLToPath(url.replace(/^sqlite:/, 'file:'));

describe('sqlite', () => {
  it('waits for the disk at each commit but those that may be undone by a power cut', async () => {
    await using opened = await sqlite.open([kept]);
    const { database } = opened;
    const levelIn = async (write: 'write' | 'writeUnsynced') =>
      (await database[write]((tx) => tx.one<{ synchronous: number }>('pragma synchronous')))?.synchronous;
    const [normal, full] = [1, 2];
    assert.equal(await levelIn('write'), full);
    assert.equal(await levelIn('writeUnsynced'), normal);
    await assert.rejects(
      database.writeUnsynced(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await levelIn('write'), full);
  });

  it('leaves the event loop free while a server waits for the lock of another process', async () => {
    await using opened = await sqlite.open([kept]);
    await using guest = await startDatabaseProcess(opened.url, 'guest');
    await guest.order({ do: 'hold', statements: ['insert into kept values (1)'] });
    const waiting = opened.database.write((tx) => tx.run('insert into kept values (2)'));
    // Were the wait a blocking one, nobody could tell the guest to go on.
    for (let turn = 0; turn < 10; turn++) await turnOfTheLoop();
    await guest.order({ do: 'release' });
    await waiting;
    const rows = await opened.database.read((q) => q.all('select id from kept order by id'));
    assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
  });

  it('lets the event loop turn within a long row of statements', async () => {
    await using opened = await sqlite.open([kept]);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await opened.database.write((tx) => tx.insertRows('kept', ['id'], rowsUpTo(200_000)));
    isOver = true;
    assert.ok(turns > 2, `${turns} turns`);
  });

  it('has no readers of a file that does not exist, and makes none for them', async () => {
    await using opened = await sqlite.open();
    const path = `${pathOf(opened.url)}-none`;
    await assert.rejects(openDatabase(`sqlite://${path}`, 'reader'), (error: Error) =>
      error.message.includes(path),
    );
    assert.equal(existsSync(path), false);
  });

  it('takes a plain path, and paths with percent signs in a URL, and says what else it expected', async () => {
    await using opened = await sqlite.open([kept]);
    const path = pathOf(opened.url);
    for (const url of [path, `sqlite://${path.replace('waybill', 'w%61ybill')}`]) {
      const again = await openDatabase(url, 'reader');
      assert.deepEqual(await again.read((q) => q.all('select id from kept')), []);
      await again.close();
    }
    await assert.rejects(openDatabase('sqlite:relative.db', 'server'), /expected sqlite:\/\/\/absolute/);
    await assert.rejects(openDatabase('mysql://host/db', 'server'), /mysql/);
  });

  it('cuts the write-ahead log after the last snapshot has ended', async () => {
    await using opened = await sqlite.open([kept]);
    const path = pathOf(opened.url);
    await opened.database.close();
    const announcements = new Announcements();
    const limits = { moveBytes: 100_000, snapshotBytes: 2 ** 30 };
    const database = await SqliteDatabase.open(path, 'server', { announce: announcements.announce, limits });
    await database.snapshot(async (snapshot) => {
      assert.deepEqual(await snapshot.all('select id from kept'), []);
      await database.write((tx) => tx.insertRows('kept', ['id'], rowsUpTo(50_000)));
      assert.equal((await nextCheckpoint(announcements)).isCut, false);
      assert.deepEqual(await snapshot.all('select id from kept'), []);
    });
    while ((await nextCheckpoint(announcements)).isCut === false);
    assert.equal(statSync(`${path}-wal`).size, 0);
    await database.close();
    assert.equal(existsSync(`${path}-wal`), false);
  });

  it('closes to the end in a process that has nothing else to do', async () => {
    await using opened = await sqlite.open([kept]);
    const path = pathOf(opened.url);
    await opened.database.close();
    const program = `
      import { SqliteDatabase } from '${new URL('../../src/database/sqlite/engine.ts', import.meta.url).href}';
      const limits = { moveBytes: 1, snapshotBytes: 1 };
      const database = await SqliteDatabase.open(process.argv[1], 'server', { limits });
      await database.write((tx) => tx.run('insert into kept values (1)'));
      // Opens once a checkpoint has cut the log: its thread runs now.
      await database.snapshot(async () => {});
      await database.close();
      console.log('closed');
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program, path]);
    assert.equal(stdout, 'closed\n');
  });

  it('opens no snapshot while the log is too long, and opens it once the log was cut', async () => {
    await using opened = await sqlite.open([kept]);
    const path = pathOf(opened.url);
    await opened.database.close();
    const limits = { moveBytes: 100_000, snapshotBytes: 200_000 };
    const server = await SqliteDatabase.open(path, 'server', { limits });
    const reader = await SqliteDatabase.open(path, 'reader', { limits });
    const order: string[] = [];
    const { promise: waiting, resolve: late } = Promise.withResolvers<void>();
    const holder = reader.snapshot(async () => {
      await server.write((tx) => tx.insertRows('kept', ['id'], rowsUpTo(50_000)));
      late();
      // Long enough for the other one to open, were it let in.
      for (let turn = 0; turn < 20; turn++) await turnOfTheLoop();
      order.push('ended');
    });
    await waiting;
    const next = reader.snapshot(async () => void order.push('opened'));
    await Promise.all([holder, next]);
    assert.deepEqual(order, ['ended', 'opened']);
    await Promise.all([reader.close(), server.close()]);
  });
});

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const rowsUpTo = (length: number): [number][] => Array.from({ length }, (_, id) => [id]);

function nextCheckpoint(announcements: Announcements): Promise<{ isCut: boolean }> {
  return new Promise((resolve) => {
    const forget = announcements.subscribe(({ name, fields }) => {
      if (name !== 'database.checkpoint') return;
      forget();
      resolve({ isCut: fields.isCut === true });
    });
  });
}
