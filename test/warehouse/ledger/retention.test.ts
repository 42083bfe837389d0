import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountsMigrations } from '../../../src/accounts/tables.ts';
import { accountKey } from '../../../src/platform/ids.ts';
import { lastCommit, recordChange } from '../../../src/warehouse/ledger/changes.ts';
import { trimChanges } from '../../../src/warehouse/ledger/retention.ts';
import { ledgerMigrations } from '../../../src/warehouse/ledger/tables.ts';
import { engines } from '../../support/engines.ts';

for (const engine of engines) {
  describe(`the change log in ${engine.name}`, () => {
    it('loses what is older than its time, but never the last commit of an account', async () => {
      await using opened = await engine.open([accountsMigrations, ledgerMigrations]);
      const { database } = opened;
      const [busy, quiet] = [accountKey(1), accountKey(2)];
      await database.write(async (tx) => {
        for (const id of [busy, quiet]) {
          await tx.run('insert into account (id, uuid, name, created) values ($1, $2, $3, 0)', [
            id,
            `u${id}`,
            'a',
          ]);
        }
      });
      const commit = (account: typeof busy, assortments: readonly number[], now: number) =>
        database.write((tx) => recordChange(tx, account, assortments, now), {
          space: 'ledger',
          key: account,
        });
      const many = Array.from({ length: 6_000 }, (_, i) => i + 1);
      await commit(busy, many, 10);
      await commit(busy, [1], 20);
      await commit(busy, [2, 3], 30);
      await commit(busy, [4], 40);
      await commit(quiet, [7], 10);
      await commit(quiet, [8, 9], 11);

      assert.equal(await trimChanges(database, 30), 6_000 + 1 + 1);
      const left = await database.read((queries) =>
        queries.all<{ account: number; sequence: number; assortment: number }>(
          'select account, sequence, assortment from change order by 1, 2, 3',
        ),
      );
      assert.deepEqual(
        left.map(({ account, sequence, assortment }) => [account, sequence, assortment]),
        [
          [1, 3, 2],
          [1, 3, 3],
          [1, 4, 4],
          [2, 2, 8],
          [2, 2, 9],
        ],
      );
      assert.equal(await trimChanges(database, 1_000), 2);
      assert.deepEqual(await database.read((queries) => lastCommit(queries, busy, 0)), {
        sequence: 4,
        moment: 40,
      });
    });
  });
}
