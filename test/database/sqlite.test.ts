/** What only the embedded engine has to prove. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/database/open.ts';
import { startDatabaseProcess } from '../support/database-process.ts';
import { engines } from '../support/engines.ts';

const sqlite = engines.find(({ name }) => name === 'sqlite')!;
const kept = {
  room: 'kept',
  migrations: [{ name: '0001', statements: ['create table kept (id {int} primary key)'] }],
};
const pathOf = (url: string): string => fileURLToPath(url.replace(/^sqlite:/, 'file:'));

describe('sqlite', () => {
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
    const rows = Array.from({ length: 200_000 }, (_, id) => [id]);
    await opened.database.write((tx) => tx.insertRows('kept', ['id'], rows));
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
});
