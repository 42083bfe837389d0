import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Database } from '../../../src/database/database.ts';
import { migrate, NewerDatabase } from '../../../src/database/migrate.ts';
import { startDatabaseProcess } from '../../support/database-process.ts';
import type { Engine } from '../../support/engines.ts';
import { shop } from './shop.ts';

/** What migrations promise. */
export function migrations(engine: Engine): void {
  const applied = (database: Database): Promise<object[]> =>
    database.read((q) => q.all('select room, name from migration order by room, name'));
  const all = [
    { room: 'shop', name: '0001-products' },
    { room: 'shop', name: '0002-values' },
  ];

  it('runs each migration once when five processes start at once', async () => {
    await using opened = await engine.open();
    const processes = await Promise.all(
      Array.from({ length: 5 }, () => startDatabaseProcess(opened.url, 'guest')),
    );
    try {
      for (const rooms of [[{ ...shop, migrations: shop.migrations.slice(0, 1) }], [shop]])
        await Promise.all(processes.map((each) => each.order({ do: 'migrate', rooms })));
      assert.deepEqual(await applied(opened.database), all);
    } finally {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
    }
  });

  it('keeps nothing of a migration that fails, and everything before it', async () => {
    await using opened = await engine.open();
    const { database } = opened;
    const broken = { name: '0003-broken', statements: ['create table half (id {int})', 'create nonsense'] };
    await assert.rejects(migrate(database, [{ ...shop, migrations: [...shop.migrations, broken] }]));
    assert.deepEqual(await applied(database), all);
    await assert.rejects(database.read((q) => q.all('select * from half')));
    await migrate(database, [shop]);
  });

  it('refuses a database that a newer version made', async () => {
    await using opened = await engine.open([shop]);
    const older = { ...shop, migrations: shop.migrations.slice(0, 1) };
    await assert.rejects(migrate(opened.database, [older]), (error) => {
      assert.ok(error instanceof NewerDatabase);
      assert.match(error.message, /shop\/0002-values/);
      return true;
    });
  });

  it('refuses migrations that are out of order and words that no engine knows', async () => {
    await using opened = await engine.open();
    const [first, second] = shop.migrations;
    await assert.rejects(
      migrate(opened.database, [{ room: 'shop', migrations: [second!, first!] }]),
      /sorted/,
    );
    const unknown = { name: '0001', statements: ['create table x (id {uuid})'] };
    await assert.rejects(migrate(opened.database, [{ room: 'shop', migrations: [unknown] }]), /\{uuid\}/);
  });
}
