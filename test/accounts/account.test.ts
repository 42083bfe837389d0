import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { administrator, arrange, makeAccount } from './arrange.ts';

const EMPLOYEE = '11111111-2222-4333-8444-555555555555';

for (const engine of engines) {
  describe(`accounts on ${engine.name}`, () => {
    it('make an account with its administrator', async () => {
      await using arranged = await arrange(engine);
      const { accounts, clock } = arranged;
      const created = await accounts.create({
        name: 'Склад',
        login: 'admin@one',
        password: 'right',
        seed: async (_tx, account) => {
          assert.equal(account.login, 'admin@one');
          return EMPLOYEE;
        },
      });
      assert.equal(created.kind, 'created');
      const found = await accounts.find(created.account.id.toUpperCase());
      assert.deepEqual(found, {
        key: 1,
        id: created.account.id,
        name: 'Склад',
        createdAt: clock.now(),
        login: 'admin@one',
      });
      assert.deepEqual(await accounts.principalOfLogin('admin@one'), {
        account: 1,
        accountId: created.account.id,
        kind: 'employee',
        id: EMPLOYEE,
        login: 'admin@one',
        administrator: true,
      });
    });

    it('keep nothing of an account whose seed fails', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      const failing = accounts.create({
        name: 'One',
        login: 'admin@one',
        password: 'right',
        seed: async () => {
          throw new Error('no catalog');
        },
      });
      await assert.rejects(failing, /no catalog/);
      assert.deepEqual(await accounts.list(), []);
      assert.equal((await makeAccount(accounts, 'admin@one')).kind, 'created');
    });

    it('give a login once, however many ask for it at the same time, and name who has it', async () => {
      await using arranged = await arrange(engine);
      const elsewhere = await arranged.elsewhere();
      const outcomes = await Promise.all(
        [arranged.accounts, elsewhere, arranged.accounts].map((accounts) =>
          makeAccount(accounts, 'admin@one'),
        ),
      );
      assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['created', 'taken', 'taken']);
      assert.equal(new Set(outcomes.map(({ account }) => account.id)).size, 1);
    });

    it('list every account, oldest first, each with a key of its own', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      for (const login of ['b@x', 'a@x', 'c@x']) await makeAccount(accounts, login);
      const listed = await accounts.list();
      assert.deepEqual(
        listed.map(({ key, login }) => [key, login]),
        [
          [1, 'b@x'],
          [2, 'a@x'],
          [3, 'c@x'],
        ],
      );
      assert.equal(await accounts.find(EMPLOYEE), undefined);
    });

    it('store no password and no token that could be read back', async () => {
      await using arranged = await arrange(engine);
      const { accounts, database } = arranged;
      const token = await accounts.issueToken(await administrator(accounts, 'admin@one', 'correct horse'));
      const stored = await database.read(async (queries) => [
        ...(await queries.all('select * from account')),
        ...(await queries.all('select * from login')),
        ...(await queries.all('select * from token')),
      ]);
      const text = JSON.stringify(stored);
      assert.ok(text.includes('admin@one'));
      assert.ok(!text.includes('correct horse') && !text.includes(token));
    });
  });
}
