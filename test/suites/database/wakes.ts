import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startDatabaseProcess } from '../../support/database-process.ts';
import type { Engine } from '../../support/engines.ts';
import { CELL, count, shop } from './shop.ts';

/** Who is woken, and when. */
export function wakes(engine: Engine): void {
  it('wakes listeners of a channel after the commit, and not after a rollback', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const seen: string[] = [];
    const forget = database.listen('tasks', () => seen.push('tasks'));
    database.listen('other', () => seen.push('other'));
    await assert.rejects(
      database.write(async (tx) => {
        tx.wake('tasks');
        throw new Error('no');
      }),
    );
    await database.write(async (tx) => {
      tx.wake('tasks');
      tx.wake('tasks');
      await tx.insertRows('cell', CELL, [[1, 1, 1, 1]]);
      assert.deepEqual(seen, []);
    });
    assert.deepEqual(seen.splice(0), ['tasks']);
    forget();
    await database.write(async (tx) => tx.wake('tasks'));
    assert.deepEqual(seen, []);
  });

  it('wakes listeners in another process', async () => {
    await using opened = await engine.open([shop]);
    await using other = await startDatabaseProcess(opened.url, 'guest');
    for (let time = 0; time < 2; time++) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      const forget = opened.database.listen('tasks', resolve);
      await other.order({ do: 'write', times: 1, statements: ['delete from cell'] });
      await other.order({ do: 'wake', channel: 'tasks' });
      await woken;
      forget();
    }
  });

  it('lets a listener write', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const { promise: written, resolve, reject } = Promise.withResolvers<void>();
    database.listen('tasks', () => {
      database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 1]])).then(resolve, reject);
    });
    await database.write(async (tx) => tx.wake('tasks'));
    await written;
    assert.equal(await count(database), 1);
  });
}
