/** Contract: How it is run: a command that cannot do its work leaves nothing behind, least of all an empty store. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { openSite } from '../support/served.ts';

const [sqlite] = engines as [(typeof engines)[number]];
const LOOKING = [
  ['account', 'list'],
  ['account', 'token', 'a@b'],
  ['verify'],
  ['import', 'orders', 'x.csv', '--account', crypto.randomUUID()],
];

/** What an account cannot be, and what is said about it. */
const impossible: readonly (readonly [name: string, login: string, message: RegExp])[] = [
  ['Shop', 'admin:shop', /^a login must not be empty nor contain a colon\n$/],
  ['Shop', ' ', /^a login must not be empty nor contain a colon\n$/],
  [' ', 'admin@shop', /^an account needs a name\n$/],
];

describe('a command', { concurrency: 2 }, () => {
  it('that looks ends with 1 where --database names no file, and makes none', async () => {
    await using site = await openSite(sqlite);
    const file = join(dirname(site.data), 'slip.db');
    const runs = LOOKING.map((argv, index) => {
      const database = index % 2 === 0 ? file : `sqlite://${file}`;
      return site.run([...argv, '--database', database]);
    });
    for (const { code, stdout, stderr } of await Promise.all(runs)) {
      assert.deepEqual([code, stdout], [1, '']);
      assert.equal(stderr, `there is no store ${file}; --database names another one\n`);
    }
    assert.deepEqual([existsSync(file), existsSync(site.data)], [false, false]);
  });

  it('that looks finds the store that --database names', async () => {
    await using site = await openSite(sqlite);
    const database = ['--database', `sqlite://${join(dirname(site.data), 'named.db')}`];
    const made = await site.run(['account', 'create', 'Shop', '--login', 'a@b', '--json', ...database]);
    const { accountId } = JSON.parse(made.stdout) as { accountId: string };
    const listed = await site.run(['account', 'list', '--json', ...database]);
    assert.deepEqual(JSON.parse(listed.stdout), [{ accountId, name: 'Shop', login: 'a@b' }]);
  });

  it('that is to make what cannot be ends with 2 before it opens a store', async () => {
    await using site = await openSite(sqlite);
    for (const [name, login, message] of impossible) {
      const { code, stdout, stderr } = await site.run(['account', 'create', name, '--login', login]);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [2, '']);
    }
    assert.ok(!existsSync(site.data));
  });

  it('shows no password of DATABASE_URL, wherever in the address it stands', async () => {
    await using site = await openSite(sqlite);
    const secret = 'geheim';
    for (const [address, shown] of [
      [`postgres://user:${secret}@db.example/waybill`, 'postgres://user:***@db.example/waybill'],
      [`postgres://user:a@${secret}@db.example/waybill`, 'postgres://user:***@db.example/waybill'],
      [
        `postgres://db.example/waybill?user=u&password=${secret}&sslmode=require`,
        'postgres://db.example/waybill?user=u&password=***&sslmode=require',
      ],
    ] as const) {
      const { code, stdout, stderr } = await site.run(['config', '--json'], {
        env: { DATABASE_URL: address },
      });
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(!stdout.includes(secret), stdout);
      const printed = JSON.parse(stdout) as { setting: string; value: unknown; origin: string }[];
      assert.deepEqual(
        printed.find(({ setting }) => setting === 'database'),
        { setting: 'database', value: shown, origin: 'environment' },
      );
    }
  });
});
