import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CheckViolation, type Database, UniqueViolation } from '../../../src/database/database.ts';
import type { Engine } from '../../support/engines.ts';
import { CELL, cells, count, type ShopTables, shop } from './shop.ts';

/** What a write transaction promises. */
export function transactions(engine: Engine): void {
  it('keeps what a finished transaction wrote and nothing of one that threw', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const answer = await database.write(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 5]]);
      return 'answer';
    });
    assert.equal(answer, 'answer');
    const failure = new Error('no');
    await assert.rejects(
      database.write(async (tx) => {
        await tx.run('update cell set quantity = 6');
        throw failure;
      }),
      failure,
    );
    assert.deepEqual(await cells(database), [{ product: 1, store: 1, quantity: 5 }]);
  });

  it('keeps and shows to others what was committed without waiting for the disk, and nothing of what threw', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const answer = await database.writeUnsynced(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 5]]);
      return 'answer';
    });
    assert.equal(answer, 'answer');
    const other = await opened.reopen('guest');
    assert.deepEqual(await cells(other), [{ product: 1, store: 1, quantity: 5 }]);
    const failure = new Error('no');
    await assert.rejects(
      database.writeUnsynced(async (tx) => {
        await tx.run('update cell set quantity = 6');
        throw failure;
      }),
      failure,
    );
    assert.deepEqual(await cells(other), [{ product: 1, store: 1, quantity: 5 }]);
    await assert.rejects(
      database.write(() => database.writeUnsynced(async () => {})),
      /write/,
    );
  });

  it('shows nothing of an open transaction to reads, and does not make them wait', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 5]]);
      assert.equal(await count(database), 0);
    });
    assert.equal(await count(database), 1);
  });

  it('lets writers of one lock see what the one before them committed', async () => {
    await using opened = await engine.open([shop]);
    const other = await opened.reopen('guest');
    await opened.database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 0]]));
    const increment = (database: Database): Promise<void> =>
      database.write(
        async (tx) => {
          const { quantity } = (await tx.one<{ quantity: number }>('select quantity from cell'))!;
          await tx.run('update cell set quantity = $1', [quantity + 1]);
        },
        { space: 'ledger', key: 7 },
      );
    const writers = Array.from({ length: 20 }, (_, n) => increment(n % 2 === 0 ? opened.database : other));
    await Promise.all(writers);
    assert.equal((await cells(opened.database))[0]!.quantity, 20);
  });

  it('refuses a write inside a write at once, and allows one that the work leaves behind', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    let later: Promise<number> | undefined;
    await database.write(async () => {
      await assert.rejects(
        database.write(async () => {}),
        /write inside write/,
      );
      // Inherits the context of the transaction, and outlives it.
      later = ended.then(() => database.write(async () => 1));
    });
    end();
    assert.equal(await later, 1);
  });

  it('refuses statements of a transaction that has ended', async () => {
    await using opened = await engine.open([shop]);
    const tx = await opened.database.write(async (tx) => tx);
    await assert.rejects(tx.run('delete from cell'), /ended/);
    await assert.rejects(tx.tables<ShopTables>().deleteFrom('cell').execute(), /ended/);
  });

  it('names the failure when a unique key exists already', async () => {
    await using opened = await engine.open([shop]);
    const insert = (): Promise<void> =>
      opened.database.write((tx) => tx.insertRows('product', ['account', 'id'], [[1, 1]]));
    await insert();
    await assert.rejects(insert(), UniqueViolation);
    await assert.rejects(
      opened.database.write((tx) =>
        tx.tables<ShopTables>().insertInto('product').values({ account: 1, id: 1, name: null }).execute(),
      ),
      UniqueViolation,
    );
  });

  it('names the failure when a row breaks a check, written alone or with many', async () => {
    await using opened = await engine.open();
    const { database } = opened;
    await database.write((tx) =>
      tx.run('create table jar (id bigint primary key, marbles bigint not null check (marbles <= 10))'),
    );
    const add = (marbles: readonly number[]): Promise<void> =>
      database.write((tx) =>
        tx.insertRows(
          'jar',
          ['id', 'marbles'],
          marbles.map((each, index) => [index, each]),
          { key: ['id'], add: ['marbles'] },
        ),
      );
    await add(Array.from({ length: 20 }, () => 6));
    await assert.rejects(add([5]), CheckViolation);
    await assert.rejects(add(Array.from({ length: 20 }, () => 5)), CheckViolation);
    await assert.rejects(
      database.write((tx) => tx.run('update jar set marbles = 11')),
      CheckViolation,
    );
    await add([4]);
  });

  it('gives two claims of waiting rows different rows', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write((tx) =>
      tx.insertRows(
        'product',
        ['account', 'id'],
        [
          [1, 1],
          [1, 2],
        ],
      ),
    );
    const claim = (): Promise<number> =>
      database.write(async (tx) => {
        const waiting = tx.tables<ShopTables>().selectFrom('product').select('id').orderBy('id').limit(1);
        const { id } = await database.skipLocked(waiting).executeTakeFirstOrThrow();
        await tx.run('delete from product where id = $1', [id]);
        return id;
      });
    assert.deepEqual(
      (await Promise.all([claim(), claim()])).sort((a, b) => a - b),
      [1, 2],
    );
  });
}
