/** Contract: Objects, Bulk, Lists, through HTTP; what the kinds themselves do is tested in their room. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { HttpClient, Reply, WrittenError } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const NEVER = '498b8673-0308-11e6-9464-e4de00000089';

interface Meta {
  readonly href: string;
  readonly type: string;
  readonly size: number;
  readonly nextHref?: string;
  readonly previousHref?: string;
}
interface Product {
  readonly id: string;
  readonly meta: Meta;
  readonly name: string;
}
interface List {
  readonly meta: Meta;
  readonly rows: readonly Product[];
}

const created = async (client: HttpClient, type: string, body: object): Promise<Product> => {
  const reply = await client.post(`/entity/${type}`, { body });
  assert.equal(reply.status, 200, reply.text);
  return reply.json<Product>();
};

const listed = async (client: HttpClient, target: string): Promise<List> => {
  const reply = await client.get(target);
  assert.equal(reply.status, 200, reply.text);
  return reply.json<List>();
};

const names = ({ rows }: List): string[] => rows.map(({ name }) => name);

/** An href of the same object on another host, as copied documents have them. */
const elsewhere = ({ meta: { href, type } }: Product, host: string): object => ({
  meta: {
    href: href.replace(/^.*?\/api\//, `https://${host}/api/`),
    type,
    mediaType: 'application/json',
  },
});

for (const engine of engines) {
  describe(`objects over HTTP on ${engine.name}`, () => {
    it('are made, read, changed and deleted with 200 each, a deletion without a body', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const product = await created(client, 'product', { name: 'Болт', unheard: true });
      assert.equal(product.meta.href, `${door.base}/entity/product/${product.id}`);
      const path = `/entity/product/${product.id}`;
      const changed = await client.put(path, { body: { name: 'Гайка' } });
      assert.deepEqual([changed.status, changed.json<Product>().name], [200, 'Гайка']);
      assert.equal((await client.get(`${path}/`)).json<Product>().name, 'Гайка');
      const deleted = await client.delete(path, {
        headers: { 'Content-Type': 'application/json' },
        body: '[]',
      });
      assert.deepEqual([deleted.status, deleted.bytes.length], [200, 0]);
      assert.equal(deleted.headers['content-encoding'], undefined);
      assertRefused(await client.get(path), 404, 1021);
    });

    it('are refused by the table: type, id, method, array, absence', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const refusals: [Promise<Reply>, number, number][] = [
        [client.get('/entity/nothing'), 412, 1005],
        [client.post('/entity/nothing', { body: { name: 'x' } }), 412, 1005],
        [client.get('/entity/product/17'), 400, 1000],
        [client.get(`/entity/product/${NEVER}`), 404, 1021],
        [client.put('/entity/product', { body: { name: 'x' } }), 400, 1012],
        [client.delete('/entity/product'), 400, 1012],
        [client.put(`/entity/product/${NEVER}`, { body: [{ name: 'x' }] }), 400, 2009],
        [client.post(`/entity/product/${NEVER}`, { body: { name: 'x' } }), 405, 1039],
        [client.get('/entity'), 404, 1002],
        [client.get('/entity/product/17/positions/1/2'), 404, 1002],
      ];
      for (const [reply, status, code] of refusals) assertRefused(await reply, status, code);
      for (const name of ['PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH']) {
        const method = await client.send(name, '/entity/product');
        assert.match(assertRefused(method, 405, 1039).error, new RegExp(name));
        assert.equal(method.headers.allow, 'GET, POST, PUT, DELETE, HEAD');
      }
      assertRefused(await client.send('PROPFIND', '/nothing'), 404, 1002);
    });

    it("are the account's own", async () => {
      await using door = await openDoor(engine);
      const [owner, stranger] = [await door.caller(), await door.caller()];
      const { id } = await created(owner.client, 'product', { name: 'Болт' });
      const path = `/entity/product/${id}`;
      assertRefused(await stranger.client.get(path), 404, 1021);
      assertRefused(await stranger.client.put(path, { body: { name: 'x' } }), 404, 1021);
      assertRefused(await stranger.client.delete(path), 404, 1021);
      assert.equal((await listed(stranger.client, '/entity/product')).meta.size, 0);
    });

    it('name the field that is wrong, with its line and column', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const missing = assertRefused(await client.post('/entity/product', { body: {} }), 412, 3000);
      assert.equal(missing.parameter, 'name');
      const typed = await client.post('/entity/product', {
        headers: { 'Content-Type': 'application/json' },
        body: '{\n  "name": "Болт",\n  "archived": "yes"\n}',
      });
      const { parameter, line, column } = assertRefused(typed, 400, 2016);
      assert.deepEqual([parameter, line, column], ['archived', 3, 15]);
      const broken = await client.post('/entity/product', {
        headers: { 'Content-Type': 'application/json' },
        body: '{\n  "name": "Болт",\n  "code" "1"\n}',
      });
      const mistake = assertRefused(broken, 400, 2001);
      assert.deepEqual([mistake.line, mistake.column], [3, 10]);
    });
  });

  describe(`bulk over HTTP on ${engine.name}`, () => {
    it('answers each element in its place, and keeps the good ones', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const reply = await client.post('/entity/product', {
        headers: { 'Content-Type': 'application/json' },
        body: '[{"name": "A"},\n {"code": "1"},\n {"name": "B"}]',
      });
      assert.equal(reply.status, 412);
      const [first, second, third] = reply.json<(Product & { errors?: WrittenError[] })[]>();
      assert.deepEqual([first?.name, third?.name], ['A', 'B']);
      const [error] = second?.errors ?? [];
      assert.deepEqual([error?.code, error?.parameter, error?.line], [3000, 'name', 2]);
      assert.deepEqual(names(await listed(client, '/entity/product?order=name')), ['A', 'B']);
    });

    it('answers an array of one with an array of one, also under the newer path', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      for (const path of ['/entity/product', '/entity/product/batch', '/entity/product/batch/']) {
        const reply = await client.post(path, { body: [{ name: path }] });
        assert.equal(reply.status, 200);
        assert.deepEqual(
          reply.json<Product[]>().map(({ name }) => name),
          [path],
        );
      }
    });

    it('updates the elements that name an object, and takes a thousand at most', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const product = await created(client, 'product', { name: 'Old' });
      const reply = await client.post('/entity/product', {
        body: [{ meta: product.meta, name: 'New' }, { name: 'Other' }],
      });
      assert.deepEqual(
        reply.json<Product[]>().map(({ id, name }) => [id === product.id, name]),
        [
          [true, 'New'],
          [false, 'Other'],
        ],
      );
      const tooMany = Array.from({ length: 1001 }, () => ({ name: 'x' }));
      assertRefused(await client.post('/entity/product', { body: tooMany }), 413, 2007);
    });
  });

  describe(`lists over HTTP on ${engine.name}`, () => {
    it('page without overlap, and say where the neighbours are', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      await client.post('/entity/product', { body: ['A', 'B', 'C'].map((name) => ({ name })) });
      const expected: [string, number, boolean, boolean][] = [
        ['limit=1&offset=0', 1, true, false],
        ['limit=1&offset=2', 1, false, true],
        ['limit=1&offset=3', 0, false, true],
        ['limit=0', 0, false, false],
        ['limit=1001', 3, false, false],
      ];
      for (const [query, rows, hasNext, hasPrevious] of expected) {
        const list = await listed(client, `/entity/product?${query}`);
        const { meta } = list;
        assert.deepEqual(
          [meta.size, list.rows.length, meta.nextHref !== undefined, meta.previousHref !== undefined],
          [3, rows, hasNext, hasPrevious],
          query,
        );
      }
      const walked: string[] = [];
      let target: string | undefined = '/entity/product/?limit=1&order=name,desc';
      while (target !== undefined) {
        const list: List = await listed(client, target);
        walked.push(...names(list));
        target = list.meta.nextHref;
      }
      assert.deepEqual(walked, ['C', 'B', 'A']);
    });

    it('tell a plus from a space', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      await client.post('/entity/product', { body: [{ name: 'A+B' }, { name: 'A B' }] });
      const found = async (filter: string) => names(await listed(client, `/entity/product?filter=${filter}`));
      assert.deepEqual(await found('name=A%2BB'), ['A+B']);
      assert.deepEqual(await found('name=A+B'), ['A B']);
      assert.deepEqual(await found('name=A%20B'), ['A B']);
      assert.deepEqual(
        await found('name%3DA%20B%3Bname%3DA%2BB'),
        await found('name=A B;name=A%2BB'.replace(' ', '+')),
      );
      assert.deepEqual(
        await found('updated>2026-02-28+23:00:00'),
        await found('updated>2026-02-28%2023:00:00'),
      );
    });

    it('refuse a filter that is none, naming the place', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const unknown = assertRefused(await client.get('/entity/product?filter=name=x;nmae=y'), 400, 1034);
      assert.match(unknown.error, /"nmae" at character 8/);
      assertRefused(await client.get('/entity/product?filter=name'), 400, 1034);
      assertRefused(await client.get('/entity/product?order=nmae'), 400, 1063);
      assertRefused(await client.get('/entity/product?limit=many'), 400, 1040);
    });
  });

  describe(`documents over HTTP on ${engine.name}`, () => {
    it('take references to any host, and show our own', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const product = await created(client, 'product', { name: 'Болт' });
      const agent = await created(client, 'counterparty', { name: 'Buyer' });
      const [store] = (await listed(client, '/entity/store')).rows;
      const [organization] = (await listed(client, '/entity/organization')).rows;
      assert.ok(store && organization);
      for (const type of ['enter', 'demand']) {
        const reply = await client.post(`/entity/${type}`, {
          body: {
            organization: elsewhere(organization, 'online.moysklad.ru'),
            store: elsewhere(store, 'api.moysklad.ru'),
            ...(type === 'demand' && { agent: elsewhere(agent, 'online.moysklad.ru') }),
            positions: {
              rows: [{ quantity: 2, price: 100, assortment: elsewhere(product, 'api.moysklad.ru') }],
            },
          },
        });
        assert.equal(reply.status, 200, reply.text);
        const { id } = reply.json<Product>();
        const positions = await client.get(`/entity/${type}/${id}/positions/`);
        assert.equal(positions.status, 200, positions.text);
        for (const { text } of [reply, positions]) {
          assert.ok(!text.includes('moysklad.ru'), text);
          assert.ok(text.includes(door.base));
        }
        assert.ok(positions.text.includes(product.meta.href));
      }
    });
  });
}
