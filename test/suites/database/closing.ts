import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DatabaseClosed } from '../../../src/database/database.ts';
import type { Engine } from '../../support/engines.ts';
import { CELL, count, shop } from './shop.ts';

/** What happens to the rest when a database is closed, or read only. */
export function closing(engine: Engine): void {
  it('ends open snapshots, refuses those who wait, and lets the running transaction commit', async () => {
    await using opened = await engine.open([shop]);
    const database = await opened.reopen('server');
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: free, resolve: release } = Promise.withResolvers<void>();
    const running = database.write(async (tx) => {
      await tx.insertRows('cell', CELL, [[1, 1, 1, 1]]);
      begin();
      await free;
      await tx.insertRows('cell', CELL, [[1, 1, 2, 1]]);
    });
    const reading = database.snapshot(async (snapshot) => {
      await free;
      await snapshot.all('select * from cell');
    });
    await begun;
    const closing = database.close();
    const ends = Promise.all([
      assert.rejects(reading, DatabaseClosed),
      assert.rejects(
        database.write(async () => {}),
        DatabaseClosed,
      ),
      assert.rejects(
        database.read((q) => q.all('select 1')),
        DatabaseClosed,
      ),
      assert.rejects(
        database.snapshot(async () => {}),
        DatabaseClosed,
      ),
      running,
    ]);
    release();
    await ends;
    await closing;
    await database.close();
    assert.equal(await count(opened.database), 2);
  });

  it('has readers that never write', async () => {
    await using opened = await engine.open([shop]);
    const reader = await opened.reopen('reader');
    await assert.rejects(
      reader.write(async () => {}),
      /reader never writes/,
    );
    await opened.database.write((tx) => tx.insertRows('cell', CELL, [[1, 1, 1, 1]]));
    assert.equal((await reader.snapshot((s) => s.all('select * from cell'))).length, 1);
  });
}
