/** Contract: Webhooks, through HTTP; the user's document, step 4. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { WrittenError } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

interface Webhook {
  readonly id: string;
  readonly [field: string]: unknown;
}

interface Call {
  readonly request: IncomingMessage;
  readonly body: { readonly events: readonly object[] };
}

/** A subscriber on a free port that answers 204; the first call it gets. */
async function subscriber(): Promise<{ url: string; called: Promise<Call>; close: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const called = once(server, 'request').then(async ([request, response]): Promise<Call> => {
    const pieces: Buffer[] = await request.toArray();
    response.writeHead(204).end();
    return { request, body: JSON.parse(Buffer.concat(pieces).toString()) };
  });
  return { url: `http://127.0.0.1:${address.port}/hook?a=1`, called, close: () => server.close() };
}

for (const engine of engines) {
  describe(`webhooks over HTTP on ${engine.name}`, () => {
    it('call when the next task ends, with the body of the document', async () => {
      await using door = await openDoor(engine);
      const { client, principal } = await door.caller();
      const { url, called, close } = await subscriber();
      const made = await client.post('/entity/webhook', {
        body: { url, action: 'PROCESSED', entityType: 'async' },
      });
      assert.equal(made.status, 200, made.text);
      const webhook = made.json<Webhook>();
      assert.deepEqual(webhook, {
        meta: {
          href: `${door.base}/entity/webhook/${webhook.id}`,
          metadataHref: `${door.base}/entity/webhook/metadata`,
          type: 'webhook',
          mediaType: 'application/json',
        },
        id: webhook.id,
        accountId: principal.accountId,
        entityType: 'async',
        url,
        method: 'POST',
        enabled: true,
        action: 'PROCESSED',
      });
      const created = await client.get('/report/stock/bystore?async=true');
      const { request, body } = await called;
      assert.equal(request.method, 'POST');
      assert.match(request.url ?? '', /^\/hook\?a=1&requestId=[0-9a-f-]{36}$/);
      assert.deepEqual(body, {
        events: [
          {
            meta: { type: 'async', href: created.headers['content-location'] },
            action: 'PROCESSED',
            accountId: principal.accountId,
          },
        ],
      });
      close();
    });

    it('are listed, changed and deleted like every object, by their account only', async () => {
      await using door = await openDoor(engine);
      const [owner, stranger] = [await door.caller(), await door.caller()];
      const body = { url: 'http://127.0.0.1:9/x', action: 'PROCESSED', entityType: 'async' };
      const { id } = (await owner.client.post('/entity/webhook/', { body })).json<Webhook>();
      const path = `/entity/webhook/${id}`;
      const list = (await owner.client.get('/entity/webhook')).json<{
        meta: { size: number; type: string };
        rows: Webhook[];
      }>();
      assert.deepEqual([list.meta.size, list.meta.type, list.rows[0]?.id], [1, 'webhook', id]);
      const changed = await owner.client.put(path, { body: { enabled: false } });
      assert.deepEqual([changed.status, changed.json<Webhook>().enabled], [200, false]);
      for (const method of ['GET', 'PUT', 'DELETE']) {
        assertRefused(await stranger.client.send(method, path, { body: {} }), 404, 1021);
      }
      const deleted = await owner.client.delete(path);
      assert.deepEqual([deleted.status, deleted.bytes.length], [200, 0]);
      assertRefused(await owner.client.get(path), 404, 1021);
    });

    it('are refused by the table', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const body = { url: 'http://127.0.0.1:9/x', action: 'PROCESSED', entityType: 'async' };
      assertRefused(
        await client.post('/entity/webhook', { body: { ...body, action: 'DELETE' } }),
        412,
        30008,
      );
      assertRefused(await client.post('/entity/webhook', { body: { ...body, url: 'ftp://x' } }), 412, 30005);
      const hidden = await client.post('/entity/webhook', { body: { ...body, url: 'http://10.0.0.1/' } });
      assert.match(assertRefused(hidden, 412, 30005).error_message ?? '', /10\.0\.0\.1 is a private/);
      const processed = { ...body, entityType: 'product' };
      const unknown = assertRefused(await client.post('/entity/webhook', { body: processed }), 412, 30008);
      assert.match(unknown.error, /"product" do not know the action "PROCESSED"/);
      assertRefused(await client.post('/entity/webhook'), 400, 1027);
      assertRefused(await client.put('/entity/webhook', { body }), 400, 1012);
      assertRefused(await client.get('/entity/webhook/17'), 400, 1000);
      assert.equal((await client.post('/entity/webhook', { body })).status, 200);
      assertRefused(await client.post('/entity/webhook', { body }), 412, 30003);
    });

    it('come and change by the array, also under the newer path', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const body = (name: string) => ({
        url: `http://127.0.0.1:9/${name}`,
        action: 'PROCESSED',
        entityType: 'async',
      });
      const made = await client.post('/entity/webhook', { body: [body('a')] });
      assert.equal(made.status, 200, made.text);
      const [first] = made.json<Webhook[]>();
      const change = { meta: first?.meta, enabled: false };
      const mixed = await client.post('/entity/webhook/batch', {
        body: [body('b'), change, { ...body('c'), action: 'DELETE' }, body('b')],
      });
      assert.equal(mixed.status, 412);
      const [second, changed, ...refused] = mixed.json<(Webhook & { errors: WrittenError[] })[]>();
      assert.equal(second?.url, 'http://127.0.0.1:9/b');
      assert.deepEqual([changed?.id, changed?.enabled], [first?.id, false]);
      assert.deepEqual(
        refused.map(({ errors }) => errors.map(({ code, line }) => [code, line])),
        [[[30008, 1]], [[30003, 1]]],
      );
      const list = (await client.get('/entity/webhook')).json<{ rows: Webhook[] }>();
      // Made at the same moment of the clock: in no order that is promised.
      assert.deepEqual(
        new Map(list.rows.map(({ id, enabled }) => [id, enabled])),
        new Map([
          [first?.id, false],
          [second?.id, true],
        ]),
      );
      assertRefused(await client.put('/entity/webhook', { body: [change] }), 400, 1012);
    });

    it('name the place of what is wrong in the body', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const places = async (method: string, path: string, lines: readonly string[]) => {
        const reply = await client.send(method, path, {
          headers: { 'Content-Type': 'application/json' },
          body: lines.join('\n'),
        });
        const { errors } = reply.json<{ errors: WrittenError[] }>();
        return errors.map(({ code, line, column }) => [code, line, column]);
      };
      const wrong = ['{"method": "GET",', ' "action": "CREATE",', ' "enabled": null,', ' "url": "ftp://x"}'];
      assert.deepEqual(await places('POST', '/entity/webhook', wrong), [
        [30001, 1, 12],
        [3000, 1, 1],
        [30005, 4, 9],
        [2016, 3, 13],
      ]);
      const type = ['{"url": "http://127.0.0.1:9/x", "action": "CREATE",', ' "entityType": "nothing"}'];
      assert.deepEqual(await places('POST', '/entity/webhook', type), [[30000, 2, 16]]);
      const taken = ['', ' {"url": "http://127.0.0.1:9/x", "action": "PROCESSED", "entityType": "async"}'];
      const reply = await client.post('/entity/webhook', {
        headers: { 'Content-Type': 'application/json' },
        body: taken.join('\n'),
      });
      assert.deepEqual(await places('POST', '/entity/webhook', taken), [[30003, 2, 2]]);
      const { id } = reply.json<Webhook>();
      const path = `/entity/webhook/${id}`;
      assert.deepEqual(await places('PUT', path, ['{', '"url": "http://10.0.0.1/"}']), [[30005, 2, 8]]);
      assert.deepEqual(await places('PUT', path, ['', '[{"enabled": true}]']), [[2009, 2, 1]]);
    });
  });
}
