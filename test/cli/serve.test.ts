/** Contract: How it is run, start, ready, stop: `waybill serve` as a script sees it. */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { basic, HttpClient } from '../support/http.ts';
import { openSite } from '../support/served.ts';
import { startReceiver } from '../webhooks/receiver.ts';

const [sqlite] = engines as [(typeof engines)[number]];
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

for (const engine of engines) {
  describe(`the first start of an empty ${engine.name} store`, () => {
    it('is ready by one line, makes the demo account, and writes who may come in', async () => {
      await using site = await openSite(engine);
      const program = site.start(['serve', '--port', '0']);
      const ready = JSON.parse(await program.firstLine()) as Record<string, unknown>;
      assert.deepEqual(Object.keys(ready), ['event', 'url', 'pid']);
      assert.deepEqual([ready.event, ready.pid], ['listening', program.pid]);
      assert.match(String(ready.url), /^http:\/\/127\.0\.0\.1:\d+\/api\/remap\/1\.2$/);
      const firstRun = site.firstRun();
      assert.deepEqual(Object.keys(firstRun), ['url', 'login', 'password', 'token', 'accountId']);
      assert.equal(firstRun.url, ready.url);
      assert.deepEqual([mode(site.data), mode(join(site.data, 'first-run.json'))], ['700', '600']);
      const { token, login, password } = firstRun;
      for (const Authorization of [`Bearer ${token}`, basic(login, password)]) {
        using client = new HttpClient(String(ready.url), { Authorization });
        const products = (await client.get('/entity/product?limit=1')).json<Sized>();
        const stores = (await client.get('/entity/store?limit=1')).json<Sized>();
        assert.deepEqual([products.meta.size, stores.meta.size], [200, 4]);
      }
      const { code, stdout, stderr } = await program.end('SIGTERM');
      assert.deepEqual([code, stdout.split('\n').length], [0, 2]);
      // What is captured may be kept: it tells where the secrets lie, not the secrets.
      for (const secret of [token, password]) assert.ok(!stderr.includes(secret) && !stdout.includes(secret));
      assert.match(stderr, /first-run\.json/);
      assert.equal(stderr.match(/^curl /gm)?.length, 4);
    });

    it('is followed by starts that correct the address and nothing else', async () => {
      await using site = await openSite(engine);
      await using first = await site.serve();
      const before = site.firstRun();
      await first.program.end('SIGTERM');
      await using second = await site.serve();
      assert.notEqual(second.origin, first.origin);
      assert.deepEqual(site.firstRun(), { ...before, url: `${second.origin}/api/remap/1.2` });
      assert.equal((await second.client(before.token).get('/entity/store')).status, 200);
      assert.doesNotMatch((await second.program.end('SIGTERM')).stderr, /^curl /m);
    });

    it('makes no account when it is told so', async () => {
      await using site = await openSite(engine);
      await using served = await site.serve({ flags: ['--no-demo'] });
      assert.ok(!existsSync(join(site.data, 'first-run.json')));
      assert.equal((await site.run(['account', 'list', '--json'])).stdout, '[]\n');
      await served.program.end('SIGTERM');
      // Still empty: the next start may.
      await using next = await site.serve();
      assert.equal((await next.client(site.firstRun().token).get('/entity/store')).status, 200);
    });

    it('interrupted before it is ready drains what there is and ends with 0', async () => {
      await using site = await openSite(engine);
      const program = site.start(['serve', '--port', '0', '--log-level', 'debug']);
      await site.wrote('first-run.json');
      const { code, signal } = await program.end('SIGTERM');
      assert.deepEqual([code, signal], [0, null]);
      await using served = await site.serve();
      assert.equal((await served.client(site.firstRun().token).get('/entity/store')).status, 200);
    });
  });
}

describe('waybill serve', () => {
  it('ends with 1 where its port is taken, says who to ask, and keeps nothing running', async () => {
    await using receiver = await startReceiver();
    await using site = await openSite(sqlite);
    const { port } = new URL(receiver.origin);
    const { code, stdout, stderr } = await site.run(['serve', '--port', port, '--no-demo']);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      new RegExp(`^port ${port} of 127\\.0\\.0\\.1 is taken by another program .*lsof -i :${port}`, 'm'),
    );
    // The folder is free: nothing of the failed start holds it.
    await using served = await site.serve({ flags: ['--no-demo'] });
    assert.match(served.origin, /^http:/);
  });

  it('ends with 1 on a store that a newer version has changed, and says so', async () => {
    for (const engine of engines) {
      await using site = await openSite(engine);
      const made = await site.run(['account', 'create', 'Shop', '--login', 'a@b']);
      assert.equal(made.code, 0, made.stderr);
      const database = await site.database();
      await database.write((tx) =>
        tx.run(`insert into migration (room, name, applied) values ('ledger', '9999-future', 0)`),
      );
      for (const argv of [['serve', '--port', '0'], ['verify']]) {
        const { code, stdout, stderr } = await site.run(argv);
        assert.deepEqual([code, stdout], [1, '']);
        assert.match(stderr, /^the database holds the change ledger\/9999-future, .*made by a newer version/);
      }
    }
  });

  it('ends with 1 where its database cannot be reached or opened, in one line first', async () => {
    await using site = await openSite(sqlite);
    // Nothing listens on the first port; a folder is no database.
    for (const database of ['postgres://nobody@127.0.0.1:1/none', site.data]) {
      const { code, stdout, stderr } = await site.run(['serve', '--port', '0', '--database', database]);
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.match(stderr, /^[^\n{]{10,}\n/);
    }
  });

  it('says nothing but the ready line at --log-level silent', async () => {
    await using site = await openSite(sqlite);
    await using served = await site.serve({ flags: ['--no-demo', '--log-level', 'silent'] });
    assert.equal((await served.client('wrong').get('/entity/store')).status, 401);
    const { code, stderr } = await served.program.end('SIGTERM');
    assert.deepEqual([code, stderr], [0, '']);
  });
});

interface Sized {
  readonly meta: { readonly size: number };
}
