import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startDatabaseProcess } from '../../support/database-process.ts';
import type { Engine } from '../../support/engines.ts';
import { CELL, cells, shop } from './shop.ts';

/** What several processes at one database do to each other. */
export function processes(engine: Engine): void {
  it('never lets a lock of another process reach a caller', async () => {
    await using opened = await engine.open([shop]);
    const { database } = opened;
    await database.write((tx) =>
      tx.insertRows('cell', CELL, [
        [1, 1, 1, 0],
        [1, 1, 2, 0],
      ]),
    );
    await using first = await startDatabaseProcess(opened.url, 'guest');
    await using second = await startDatabaseProcess(opened.url, 'guest');
    const statements = [
      'update cell set quantity = quantity + 1 where store = 1',
      'update cell set quantity = quantity + 1 where store = 2',
    ];
    const times = 30;
    const own = async (): Promise<void> => {
      for (let time = 0; time < times; time++)
        await database.write(async (tx) => {
          for (const statement of statements) await tx.run(statement);
        });
    };
    const order = { do: 'write', times, statements } as const;
    await Promise.all([own(), first.order(order), second.order(order)]);
    assert.deepEqual(
      (await cells(database)).map(({ quantity }) => quantity),
      [3 * times, 3 * times],
    );
  });

  it('goes on after another process was killed in the middle of its transaction', async () => {
    await using opened = await engine.open([shop]);
    await using other = await startDatabaseProcess(opened.url, 'guest');
    await other.order({ do: 'hold', statements: ['insert into cell values (1, 1, 1, 1)'] });
    const waiting = opened.database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 2]]));
    await other.kill();
    await waiting;
    assert.deepEqual(await cells(opened.database), [{ product: 1, store: 1, quantity: 2 }]);
  });
}
