import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountKey } from '../../../src/platform/ids.ts';
import { lastCommit, recordChange } from '../../../src/warehouse/ledger/changes.ts';
import { ledgerMigrations } from '../../../src/warehouse/ledger/tables.ts';
import { engines } from '../../support/engines.ts';

const account = accountKey(3);
const lock = { space: 'ledger', key: account } as const;

for (const engine of engines) {
  describe(`the ledger sequence in ${engine.name}`, () => {
    it('begins at 0 with the creation of the account', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const commit = await opened.database.read((queries) => lastCommit(queries, account, 1_234));
      assert.deepEqual(commit, { sequence: 0, moment: 1_234 });
    });

    it('grows by one with each commit, and its stamps never fall when the clock is set back', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const { database } = opened;
      const commits = [];
      for (const now of [100, 90, 90, 101]) {
        commits.push(await database.write((tx) => recordChange(tx, account, [], now), lock));
      }
      assert.deepEqual(commits, [
        { sequence: 1, moment: 100 },
        { sequence: 2, moment: 100 },
        { sequence: 3, moment: 100 },
        { sequence: 4, moment: 101 },
      ]);
      assert.deepEqual(await database.read((queries) => lastCommit(queries, account, 0)), commits[3]);
    });

    it('logs one row for each touched assortment, one with 0 when there is none, none when it fails', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const { database } = opened;
      await database.write((tx) => recordChange(tx, account, [5, 2, 5], 10), lock);
      await database.write((tx) => recordChange(tx, account, [], 11), lock);
      const failing = database.write(async (tx) => {
        await recordChange(tx, account, [9], 12);
        throw new Error('no');
      }, lock);
      await assert.rejects(failing, /no/);
      const rows = await database.read((queries) =>
        queries.all('select sequence, assortment, stamp from change where account = $1 order by 1, 2', [
          account,
        ]),
      );
      assert.deepEqual(rows, [
        { sequence: 1, assortment: 2, stamp: 10 },
        { sequence: 1, assortment: 5, stamp: 10 },
        { sequence: 2, assortment: 0, stamp: 11 },
      ]);
    });

    it('gives each of many writers at once a number of its own, without a gap', async () => {
      await using opened = await engine.open([ledgerMigrations]);
      const writers = [opened.database, await opened.reopen('server'), await opened.reopen('server')];
      const commits = await Promise.all(
        Array.from({ length: 45 }, (_, index) =>
          writers[index % 3]!.write((tx) => recordChange(tx, account, [1], index), lock),
        ),
      );
      const sequences = commits.map(({ sequence }) => sequence).sort((a, b) => a - b);
      assert.deepEqual(
        sequences,
        Array.from({ length: 45 }, (_, index) => index + 1),
      );
      const stamps = commits.toSorted((a, b) => a.sequence - b.sequence).map(({ moment }) => moment);
      assert.deepEqual(
        stamps,
        stamps.toSorted((a, b) => a - b),
      );
    });
  });
}
