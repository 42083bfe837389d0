import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../src/contract/errors.ts';
import { accountKey } from '../../src/platform/ids.ts';
import { type Body, webhooksMigrations } from '../../src/webhooks/index.ts';
import { engines } from '../support/engines.ts';
import { arrange, base, deliveryLog, happen, manager, processed } from './arrange.ts';

const rooms = [webhooksMigrations];
const wanted = { url: 'http://some_url.ru', action: 'PROCESSED', entityType: 'async' };
const foreigner = { ...manager, account: accountKey(2), accountId: '84e60e93-f504-11e5-8a84-bae500000008' };
const neverWas = 'c6010bf9-a683-11eb-ac12-000900000009';

/** Codes, status and parameters of a refusal. */
async function refusal(work: Promise<unknown>): Promise<readonly unknown[]> {
  const error = await work.then(
    () => assert.fail('was accepted'),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ApiError, String(error));
  return [error.status, ...error.problems.map(({ code, parameter }) => [code, parameter])];
}

const longUrl = (length: number): string => 'https://hook.example/'.padEnd(length, 'x');

/** Bodies for a new webhook, `wanted` with these changes, and what is answered: status, code and parameter. */
const REFUSED: readonly (readonly [name: string, changes: Body, ...answer: unknown[]])[] = [
  ['no url', { url: undefined }, 412, [3000, 'url']],
  ['an empty url', { url: '' }, 412, [3000, 'url']],
  [
    'nothing of what is needed',
    { entityType: undefined, action: undefined, url: undefined },
    412,
    [3000, 'entityType'],
    [3000, 'action'],
    [3000, 'url'],
  ],
  ['an entity type that has no webhooks', { entityType: 'webhook' }, 412, [30000, 'entityType']],
  ['an entity type named like a method', { entityType: 'constructor' }, 412, [30000, 'entityType']],
  ['PROCESSED of what is no task', { entityType: 'product' }, 412, [30008, 'action']],
  [
    'a type whose changes are not told',
    { entityType: 'product', action: 'UPDATE' },
    412,
    [30000, 'entityType'],
  ],
  ['another method', { method: 'GET' }, 412, [30001, 'method']],
  ['an unknown action', { action: 'DONE' }, 412, [30002, 'action']],
  ['an action in lower case', { action: 'processed' }, 412, [30002, 'action']],
  ['DELETE of tasks', { action: 'DELETE' }, 412, [30008, 'action']],
  ['a diffType with PROCESSED', { diffType: 'FIELDS' }, 412, [30009, 'diffType']],
  ['an unknown diffType', { action: 'UPDATE', diffType: 'ALL' }, 412, [3005, 'diffType']],
  ['a file', { url: 'file:///etc/passwd' }, 412, [30005, 'url']],
  ['no scheme', { url: 'some_url.ru' }, 412, [30005, 'url']],
  ['a space within', { url: 'http://a.example/ b' }, 412, [30005, 'url']],
  ['a line break', { url: 'http://a.example/\n' }, 412, [30005, 'url']],
  ['an undecodable user', { url: 'http://%zz@a.example/' }, 412, [30005, 'url']],
  ['256 characters', { url: longUrl(256) }, 412, [30010, 'url']],
  ['a private address', { url: 'http://169.254.169.254/' }, 412, [30005, 'url']],
  ['loopback in disguise', { url: 'http://0x7f.1/' }, 412, [30005, 'url']],
  ['a private name', { url: 'http://private.example/' }, 412, [30005, 'url']],
  ['enabled: null', { enabled: null }, 400, [2016, 'enabled']],
  ['a text for enabled', { enabled: 'true' }, 400, [2016, 'enabled']],
  ['a number for url', { url: 7 }, 400, [2016, 'url']],
  ['null for action', { action: null }, 400, [2016, 'action']],
  [
    'several mistakes',
    { url: '', action: 'X', enabled: 1 },
    400,
    [30002, 'action'],
    [3000, 'url'],
    [2016, 'enabled'],
  ],
];

for (const engine of engines) {
  describe(`webhook subscriptions on ${engine.name}`, () => {
    const resolvePublic = async (host: string) => {
      if (host === 'private.example') return [{ address: '10.0.0.5', family: 4 as const }];
      throw new Error(`no address for ${host}`);
    };

    it('answers as the document shows', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const made = await subscriptions.create(manager, wanted, base);
      const expected =
        `{"meta":{"href":"${base}/entity/webhook/${made.id}","metadataHref":"${base}/entity/webhook/metadata",` +
        `"type":"webhook","mediaType":"application/json"},"id":"${made.id}","accountId":"${manager.accountId}",` +
        `"entityType":"async","url":"http://some_url.ru","method":"POST","enabled":true,"action":"PROCESSED"}`;
      assert.match(made.id, /^[0-9a-f-]{36}$/);
      assert.equal(JSON.stringify(made), expected);
      assert.equal(JSON.stringify(await subscriptions.find(manager, made.id, base)), expected);
    });

    it('accepts every setting, and shows diffType for UPDATE only', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const shown = async (changes: Body) => {
        const { enabled, action, diffType } = await subscriptions.create(
          manager,
          { ...wanted, ...changes },
          base,
        );
        return [enabled, action, diffType];
      };
      const url = longUrl(255);
      assert.deepEqual(await shown({ url, method: 'POST', enabled: false, diffType: null, unknown: 1 }), [
        false,
        'PROCESSED',
        undefined,
      ]);
      assert.deepEqual(await shown({ url, action: 'CREATE' }), [true, 'CREATE', undefined]);
      assert.deepEqual(await shown({ url, action: 'UPDATE' }), [true, 'UPDATE', 'NONE']);
      assert.deepEqual(await shown({ action: 'UPDATE', diffType: 'FIELDS' }), [true, 'UPDATE', 'FIELDS']);
    });

    it('refuses a new webhook with the codes of the contract', async (test) => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database, { resolvePublic });
      for (const [name, changes, ...answer] of REFUSED) {
        await test.test(name, async () => {
          assert.deepEqual(
            await refusal(subscriptions.create(manager, { ...wanted, ...changes }, base)),
            answer,
          );
        });
      }
      const { rows } = await subscriptions.list(
        manager,
        { limit: 10, offset: 0 },
        `${base}/entity/webhook`,
        base,
      );
      assert.deepEqual(rows, []);
    });

    it('names the actions that a refused one may be replaced by', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const creation = subscriptions.create(manager, { ...wanted, action: 'DELETE' }, base);
      await assert.rejects(creation, /PROCESSED, UPDATE, CREATE/);
    });

    it('refuses on PUT what it refuses on POST, and changes nothing then', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database, { resolvePublic });
      const made = await subscriptions.create(manager, wanted, base);
      for (const [name, changes, ...answer] of REFUSED) {
        // What a new webhook must have a change may leave out.
        if (Object.values(changes).includes(undefined)) continue;
        assert.deepEqual(await refusal(subscriptions.update(manager, made.id, changes, base)), answer, name);
      }
      assert.deepEqual(await subscriptions.find(manager, made.id, base), made);
    });

    it('changes what a PUT names and nothing else', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const made = await subscriptions.create(manager, wanted, base);
      const put = (changes: Body) => subscriptions.update(manager, made.id, changes, base);
      assert.deepEqual(await put({ enabled: false }), { ...made, enabled: false });
      assert.deepEqual(await put({}), { ...made, enabled: false });
      const updating = await put({
        action: 'UPDATE',
        diffType: 'FIELDS',
        url: 'https://new.example/',
        enabled: true,
      });
      assert.deepEqual(updating, {
        ...made,
        action: 'UPDATE',
        diffType: 'FIELDS',
        url: 'https://new.example/',
      });
      assert.deepEqual(await put({ url: wanted.url }), { ...updating, url: wanted.url });
      // Back to an action that knows no diffType: it goes.
      assert.deepEqual(await put({ action: 'PROCESSED' }), made);
      assert.equal((await put({ action: 'UPDATE' })).diffType, 'NONE');
    });

    it('knows one webhook per entity type, action and url', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const first = await subscriptions.create(manager, wanted, base);
      assert.deepEqual(await refusal(subscriptions.create(manager, wanted, base)), [412, [30003, undefined]]);
      const { rows } = await subscriptions.list(
        manager,
        { limit: 10, offset: 0 },
        `${base}/entity/webhook`,
        base,
      );
      assert.deepEqual(rows, [first]);
      const second = await subscriptions.create(manager, { ...wanted, action: 'UPDATE' }, base);
      const change = subscriptions.update(manager, second.id, { action: 'PROCESSED' }, base);
      assert.deepEqual(await refusal(change), [412, [30003, undefined]]);
      await subscriptions.create(foreigner, wanted, base);
    });

    it('lets five of one kind exist, also when forty creations race', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const create = (number: number) =>
        subscriptions.create(manager, { ...wanted, url: `http://hook${number}.example/` }, base);
      const made = await Promise.allSettled(Array.from({ length: 40 }, (_, number) => create(number)));
      assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 5);
      assert.deepEqual(await refusal(create(41)), [412, [30007, undefined]]);
      const other = await subscriptions.create(manager, { ...wanted, action: 'UPDATE' }, base);
      const change = subscriptions.update(manager, other.id, { action: 'PROCESSED' }, base);
      assert.deepEqual(await refusal(change), [412, [30007, undefined]]);
    });

    it('lists in the order of creation, by pages', async () => {
      await using opened = await engine.open(rooms);
      let now = 1_000;
      const { subscriptions } = arrange(opened.database, { clock: { now: () => now++ } });
      const made = [];
      for (const name of ['c', 'a', 'b'])
        made.push(await subscriptions.create(manager, { ...wanted, url: `http://${name}.example/` }, base));
      await subscriptions.create(foreigner, wanted, base);
      const url = `${base}/entity/webhook?limit=2&offset=1`;
      const list = await subscriptions.list(manager, { limit: 2, offset: 1 }, url, base);
      assert.deepEqual(list.rows, made.slice(1));
      assert.deepEqual(list.meta, {
        href: url,
        type: 'webhook',
        mediaType: 'application/json',
        size: 3,
        limit: 2,
        offset: 1,
        previousHref: `${base}/entity/webhook?limit=1&offset=0`,
      });
      assert.ok('meta' in list.context.employee);
    });

    it('deletes a webhook with its log', async () => {
      await using opened = await engine.open(rooms);
      const hooks = arrange(opened.database);
      const { id } = await hooks.subscriptions.create(manager, wanted, base);
      await happen(opened.database, hooks, processed(1));
      await hooks.subscriptions.remove(manager, id);
      assert.deepEqual(await refusal(hooks.subscriptions.find(manager, id, base)), [404, [1021, undefined]]);
      assert.deepEqual(await deliveryLog(opened.database), []);
    });

    it('gives a foreign id the answer of one that never was', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const { id } = await subscriptions.create(foreigner, wanted, base);
      for (const unknown of [id, neverWas]) {
        const answer = [404, [1021, undefined]];
        assert.deepEqual(await refusal(subscriptions.find(manager, unknown, base)), answer);
        assert.deepEqual(
          await refusal(subscriptions.update(manager, unknown, { enabled: false }, base)),
          answer,
        );
        assert.deepEqual(await refusal(subscriptions.remove(manager, unknown)), answer);
      }
      assert.equal((await subscriptions.find(foreigner, id, base)).enabled, true);
    });

    it('serves administrators only', async () => {
      await using opened = await engine.open(rooms);
      const { subscriptions } = arrange(opened.database);
      const { id } = await subscriptions.create(manager, wanted, base);
      const clerk = { ...manager, administrator: false };
      for (const work of [
        () => subscriptions.create(clerk, wanted, base),
        () => subscriptions.find(clerk, id, base),
        () => subscriptions.list(clerk, { limit: 10, offset: 0 }, `${base}/entity/webhook`, base),
        () => subscriptions.update(clerk, id, {}, base),
        () => subscriptions.remove(clerk, id),
      ]) {
        assert.deepEqual(await refusal(work()), [403, [30004, undefined]]);
      }
    });
  });
}
