/** Contract: How it is run, `waybill account`: create, list, token, for people and for scripts. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { basic, HttpClient } from '../support/http.ts';
import { type Credentials, openSite, type Site } from '../support/served.ts';

const create = (site: Site, login: string, ...more: string[]) =>
  site.run(['account', 'create', 'My shop', '--login', login, ...more]);

for (const engine of engines) {
  describe(`waybill account in ${engine.name}`, () => {
    it('makes accounts and tokens that a server beside it takes at once', async () => {
      await using site = await openSite(engine);
      const made = await create(site, 'admin@shop', '--json');
      assert.deepEqual([made.code, made.stderr], [0, '']);
      const account = JSON.parse(made.stdout) as Credentials;
      assert.deepEqual(Object.keys(account), ['accountId', 'login', 'password', 'token']);
      await using served = await site.serve({ flags: ['--no-demo'] });
      assert.equal((await served.client(account.token).get('/entity/store')).json<Sized>().meta.size, 1);
      using byPassword = new HttpClient(`${served.origin}/api/remap/1.2`, {
        Authorization: basic('admin@shop', account.password),
      });
      assert.equal((await byPassword.get('/entity/store')).status, 200);

      // Guests beside the running server.
      const second = await create(site, 'other@shop', '--json');
      const other = JSON.parse(second.stdout) as Credentials;
      const renewed = await site.run(['account', 'token', 'other@shop', '--json']);
      const { accountId, login, token } = JSON.parse(renewed.stdout) as Credentials;
      assert.deepEqual([accountId, login], [other.accountId, 'other@shop']);
      assert.equal((await served.client(token).get('/entity/store')).status, 200);
      assert.equal((await served.client(other.token).get('/entity/store')).status, 401);

      const listed = await site.run(['account', 'list', '--json']);
      assert.deepEqual(JSON.parse(listed.stdout), [
        { accountId: account.accountId, name: 'My shop', login: 'admin@shop' },
        { accountId: other.accountId, name: 'My shop', login: 'other@shop' },
      ]);
      const shown = await site.run(['account', 'list']);
      assert.match(shown.stdout, new RegExp(`^${account.accountId}  admin@shop +My shop\n`));
    });

    it('takes a password from standard input and does not show it', async () => {
      await using site = await openSite(engine);
      const made = await site.run(
        ['account', 'create', 'Shop', '--login', 'a@b', '--password-stdin', '--json'],
        { input: 'пароль:ä\n' },
      );
      assert.equal(made.code, 0);
      assert.deepEqual(Object.keys(JSON.parse(made.stdout)), ['accountId', 'login', 'token']);
      await using served = await site.serve({ flags: ['--no-demo'] });
      using client = new HttpClient(`${served.origin}/api/remap/1.2`, {
        Authorization: basic('a@b', 'пароль:ä'),
      });
      assert.equal((await client.get('/entity/store')).status, 200);
      const none = await site.run(['account', 'create', 'Shop', '--login', 'c@d', '--password-stdin']);
      assert.deepEqual([none.code, none.stdout], [1, '']);
      assert.match(none.stderr, /^no password on standard input\n/);
    });

    it('leaves alone what exists: 0 with --if-missing, 1 without', async () => {
      await using site = await openSite(engine);
      const first = JSON.parse((await create(site, 'a@b', '--json')).stdout) as Credentials;
      const again = await create(site, 'a@b', '--if-missing');
      assert.deepEqual([again.code, again.stdout], [0, '']);
      const refused = await create(site, 'a@b');
      assert.deepEqual([refused.code, refused.stdout], [1, '']);
      assert.match(refused.stderr, new RegExp(`^the login a@b belongs to the account ${first.accountId}\n$`));
      const unknown = await site.run(['account', 'token', 'c@d']);
      assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
      assert.match(unknown.stderr, /^no account has the login c@d\n$/);
      assert.equal((JSON.parse((await site.run(['account', 'list', '--json'])).stdout) as []).length, 1);
    });
  });
}

describe('a command that looks', () => {
  it('makes no store where there is none', async () => {
    await using site = await openSite(engines[0]!);
    for (const argv of [['account', 'list'], ['account', 'token', 'a@b'], ['verify']]) {
      const { code, stdout, stderr } = await site.run(argv);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^there is no store in /);
    }
    assert.ok(!existsSync(site.data));
  });
});

interface Sized {
  readonly meta: { readonly size: number };
}
