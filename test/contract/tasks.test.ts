/** Contract: The asynchronous exchange, §1 to §6. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Caller, type Door, openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import type { Reply } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const REPORT = '/report/stock/bystore';
const NEVER = '498b8673-0308-11e6-9464-e4de00000089';

/** Makes a task; its id and its two addresses below the base. */
async function create({ client }: Caller, query = 'rows=3'): Promise<{ id: string; reply: Reply }> {
  const reply = await client.get(`${REPORT}?async=true&${query}`);
  assert.equal(reply.status, 202, reply.text);
  const id = String(reply.headers['content-location']).split('/').at(-1) ?? '';
  return { id, reply };
}

/** Makes a task and waits for its end. */
async function finish(door: Door, caller: Caller, query?: string): Promise<string> {
  const { id } = await create(caller, query);
  await door.witness.saw('task.finished', { task: id });
  return id;
}

interface TaskRecord {
  readonly id: string;
  readonly state: string;
  readonly [field: string]: unknown;
}

interface TaskList {
  readonly context: unknown;
  readonly meta: { readonly href: string; readonly size: number; readonly [field: string]: unknown };
  readonly rows: readonly TaskRecord[];
}

for (const engine of engines) {
  describe(`creating a task on ${engine.name}`, () => {
    it('answers 202 with the two addresses, the right way round, and no body', async () => {
      await using door = await openDoor(engine);
      const { id, reply } = await create(await door.caller());
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.equal(reply.headers.location, `${door.base}/async/${id}/result`);
      assert.equal(reply.headers['content-location'], `${door.base}/async/${id}`);
      assert.equal(reply.headers.link, `<${door.base}/async/${id}>; rel="status"`);
      assert.equal(reply.bytes.length, 0);
    });

    it("is refused where it cannot be, in the contract's order, and makes nothing", async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const asked: [string, string, number, number][] = [
        ['GET', '/entity/product?async=true', 400, 61000],
        ['GET', '/report/stock/byoperation?async=true&limit=1', 400, 61000],
        ['GET', '/async?async=true', 400, 61000],
        ['POST', `${REPORT}?async=true`, 400, 61000],
        ['PUT', `${REPORT}?async=true&limit=1`, 400, 61000],
        ['GET', `${REPORT}?async=true&limit=1000`, 400, 61001],
        ['GET', `${REPORT}?offset=&async=true`, 400, 61001],
        ['GET', `${REPORT}?async=1`, 400, 1084],
        ['GET', `${REPORT}?async=`, 400, 1084],
        ['GET', '/report/nothing?async=true', 404, 1002],
      ];
      for (const [method, target, status, code] of asked) {
        assertRefused(await client.send(method, target), status, code);
      }
      const head = await client.send('HEAD', `${REPORT}?async=true`);
      assert.deepEqual([head.status, head.bytes.length], [400, 0]);
      assertRefused(await door.anonymous.get(`${REPORT}?async=true&limit=1`), 401, 1056);
      assert.equal((await client.get('/async')).json<TaskList>().meta.size, 0);
    });

    it('is a page of now without async=true', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      for (const query of ['rows=5&limit=2', 'async=false&rows=5&limit=2&offset=0']) {
        const reply = await client.get(`${REPORT}?${query}`);
        assert.deepEqual([reply.status, reply.json<TaskList>().rows.length], [200, 2]);
      }
    });

    it("leaves the report's own errors to the task", async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const id = await finish(door, caller, 'do=refuse');
      const record = (await caller.client.get(`/async/${id}`)).json<TaskRecord>();
      assert.equal(record.state, 'API_ERROR');
      assert.deepEqual(record.errors, [{ code: 1016, error: 'no right to this report' }]);
      const result = await caller.client.get(`/async/${id}/result`);
      assert.deepEqual([result.status, result.json()], [403, { errors: record.errors }]);
      const page = await caller.client.get(`${REPORT}?do=refuse`);
      assert.deepEqual([page.status, page.json()], [403, { errors: record.errors }]);
    });

    it('is refused beyond the queue of the account, also in a race, with both headers of a pause', async () => {
      await using door = await openDoor(engine);
      const [caller, other] = [await door.caller(), await door.caller()];
      const replies = await Promise.all(
        Array.from({ length: 40 }, () => caller.client.get(`${REPORT}?async=true&hold=open`)),
      );
      const refused = replies.filter(({ status }) => status !== 202);
      assert.equal(refused.length, 36);
      for (const reply of refused) {
        assertRefused(reply, 429, 61002);
        assert.match(String(reply.headers['retry-after']), /^[1-3]$/);
        const retryMs = Number(reply.headers['x-lognex-retry-after']);
        assert.ok(retryMs > 0 && retryMs <= 3_000);
        assert.equal(reply.headers['x-lognex-auth'], undefined);
      }
      await create(other);
    });

    it('is accepted again as soon as one has ended, whichever way', async () => {
      await using door = await openDoor(engine, { limits: { maxUnfinished: 1 } });
      const caller = await door.caller();
      for (const query of ['rows=1', 'do=refuse', 'do=throw']) {
        const id = await finish(door, caller, query);
        const state = (await caller.client.get(`/async/${id}`)).json<TaskRecord>().state;
        assert.equal(state, { 'rows=1': 'DONE', 'do=refuse': 'API_ERROR', 'do=throw': 'ERROR' }[query]);
      }
      const { id } = await create(caller, 'hold=open');
      assertRefused(await caller.client.get(`${REPORT}?async=true`), 429, 61002);
      assert.equal((await caller.client.put(`/async/${id}/cancel`)).status, 204);
      await create(caller);
    });
  });

  describe(`the record of a task on ${engine.name}`, () => {
    it('has neither address of a result nor errors before its end', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const { id } = await create(caller, 'hold=open');
      await door.control.arrival();
      const reply = await caller.client.get(`/async/${id}`);
      const { progress: _, ...record } = reply.json<TaskRecord>();
      assert.deepEqual(record, {
        meta: { href: `${door.base}/async/${id}`, type: 'async', mediaType: 'application/json' },
        id,
        accountId: caller.principal.accountId,
        owner: {
          meta: {
            href: `${door.base}/entity/employee/${caller.principal.id}`,
            metadataHref: `${door.base}/entity/employee/metadata`,
            type: 'employee',
            mediaType: 'application/json',
            uuidHref: `${door.origin}/app/#employee/edit?id=${caller.principal.id}`,
          },
        },
        state: 'PROCESSING',
        request: `${door.base}${REPORT}?async=true&hold=open`,
        created: '2026-03-01 00:00:00.000',
        started: '2026-03-01 00:00:00.000',
        attempt: 1,
      });
      assert.ok(!reply.text.includes('null'));
    });

    it('names its result and the hour when that goes, with milliseconds', async () => {
      await using door = await openDoor(engine, { zone: 'Europe/Moscow' });
      const caller = await door.caller();
      const id = await finish(door, caller, 'rows=7');
      const record = (await caller.client.get(`/async/${id}`)).json<TaskRecord>();
      assert.equal(record.state, 'DONE');
      assert.equal(record.resultUrl, `${door.base}/async/${id}/result`);
      assert.equal(record.deletionDate, '2026-03-01 04:00:00.000');
      assert.equal(record.finished, '2026-03-01 03:00:00.000');
      const result = record.result as Record<string, unknown>;
      assert.deepEqual([result.rows, result.format], [7, 'json']);
      assert.deepEqual(result.snapshot, { moment: '2023-11-15 01:13:20.000', sequence: 7 });
      assert.match(String(result.sha256), /^[0-9a-f]{64}$/);
      assert.equal('errors' in record, false);
    });

    it("is the account's own: a foreign task is as unknown as one that never was", async () => {
      await using door = await openDoor(engine);
      const [owner, stranger] = [await door.caller(), await door.caller()];
      const { id } = await create(owner);
      for (const path of ['', '/result']) {
        const foreign = assertRefused(await stranger.client.get(`/async/${id}${path}`), 404, 1021);
        const never = assertRefused(await stranger.client.get(`/async/${NEVER}${path}`), 404, 1021);
        assert.equal(foreign.error.replace(id, NEVER), never.error);
      }
      assertRefused(await stranger.client.put(`/async/${id}/cancel`), 404, 1021);
      assert.equal((await stranger.client.get('/async')).json<TaskList>().meta.size, 0);
      assert.equal((await owner.client.get(`/async/${id.toUpperCase()}`)).status, 200);
    });

    it('is not looked for under what is no id', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      for (const path of ['/async/17', '/async/17/result']) {
        assertRefused(await client.get(path), 400, 1000);
      }
      assertRefused(await client.put('/async/17/cancel'), 400, 1000);
    });
  });

  describe(`a result that is not there on ${engine.name}`, () => {
    it('is not ready yet, says where the status is, and the task is untouched', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const { id, reply } = await create(caller, 'hold=open');
      const arrival = await door.control.arrival();
      // As PHP's stream reader does: it follows the Location of the 202 at once.
      const followed = await caller.client.get(String(reply.headers.location));
      const { error } = assertRefused(followed, 409, 61006);
      assert.ok(error.includes(`${door.base}/async/${id}`));
      assert.match(String(followed.headers['retry-after']), /^[1-9]\d*$/);
      arrival.tell('go');
      await door.witness.saw('task.finished', { task: id, state: 'DONE' });
      assert.equal((await caller.client.get(`/async/${id}/result`)).status, 302);
    });

    it('failed, was cancelled, or is gone', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const failed = await finish(door, caller, 'do=throw');
      assertRefused(await caller.client.get(`/async/${failed}/result`), 409, 61004);
      const { id: cancelled } = await create(caller, 'hold=open');
      await caller.client.put(`/async/${cancelled}/cancel`);
      assertRefused(await caller.client.get(`/async/${cancelled}/result`), 409, 61005);
      const done = await finish(door, caller);
      door.clock.advance(3_600_000);
      assertRefused(await caller.client.get(`/async/${done}/result`), 410, 61003);
      const record = (await caller.client.get(`/async/${done}`)).json<TaskRecord>();
      assert.equal(record.state, 'DONE');
    });
  });

  describe(`cancelling on ${engine.name}`, () => {
    it('takes PUT and POST, once, while the task is unfinished', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      for (const method of ['PUT', 'POST']) {
        const { id } = await create(caller, 'hold=open');
        const first = await caller.client.send(method, `/async/${id}/cancel`);
        assert.deepEqual([first.status, first.bytes.length], [204, 0]);
        assert.equal(first.headers['content-length'], undefined);
        assertRefused(await caller.client.send(method, `/async/${id}/cancel`), 409, 61007);
        assert.equal((await caller.client.get(`/async/${id}`)).json<TaskRecord>().state, 'CANCEL');
      }
      const done = await finish(door, caller);
      assertRefused(await caller.client.put(`/async/${done}/cancel`), 409, 61007);
      const get = await caller.client.get(`/async/${done}/cancel`);
      assertRefused(get, 405, 1039);
      assert.equal(get.headers.allow, 'PUT, POST');
    });
  });

  describe(`the list of tasks on ${engine.name}`, () => {
    it('has the envelope of a list without metadataHref, newest first', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const first = await finish(door, caller);
      door.clock.advance(1_000);
      const second = await finish(door, caller);
      const list = (await caller.client.get('/async/')).json<TaskList>();
      assert.deepEqual(list.context, {
        employee: {
          meta: {
            href: `${door.base}/context/employee`,
            metadataHref: `${door.base}/entity/employee/metadata`,
            type: 'employee',
            mediaType: 'application/json',
          },
        },
      });
      assert.deepEqual(list.meta, {
        href: `${door.base}/async`,
        type: 'async',
        mediaType: 'application/json',
        size: 2,
        limit: 1000,
        offset: 0,
      });
      assert.deepEqual(
        list.rows.map(({ id }) => id),
        [second, first],
      );
      const page = (await caller.client.get('/async?limit=1&order=created')).json<TaskList>();
      assert.deepEqual(
        page.rows.map(({ id }) => id),
        [first],
      );
      assert.equal(page.meta.nextHref, `${door.base}/async?limit=1&order=created&offset=1`);
      const sizeOnly = (await caller.client.get('/async?limit=0')).json<TaskList>();
      assert.deepEqual([sizeOnly.meta.size, sizeOnly.rows, 'nextHref' in sizeOnly.meta], [2, [], false]);
    });

    it('filters by state, request and deletionDate, also as the document spells it', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const done = await finish(door, caller, 'rows=1&note=1;2');
      door.clock.advance(3_700_000);
      const later = await finish(door, caller, 'rows=2');
      const refused = await finish(door, caller, 'do=refuse');
      const found = async (query: string): Promise<string[]> => {
        const reply = await caller.client.get(`/async?${query}`);
        assert.equal(reply.status, 200, reply.text);
        return reply.json<TaskList>().rows.map(({ id }) => id);
      };
      const request = encodeURIComponent(`${door.base}${REPORT}?async=true&rows=1&note=1\\;2`);
      // The first one's deletionDate is 01:00:00, the second's 02:01:40.
      const expected: [string, string[]][] = [
        ['filter=state=done', [later, done]],
        ['filter=state=DONE;state=api_error', [refused, later, done]],
        ['filter=state!=DONE', [refused]],
        [`filter=request=${request}`, [done]],
        [`filter=request!=${request}`, [refused, later]],
        ['filter=deletionDate<2026-03-01%2002:01:40', [done]],
        ['filter=deletionDate>2026-03-01+01:00:00', [later]],
        ['filter=deletionDate=2026-03-01 01:00:00'.replaceAll(' ', '%20'), [done]],
        ['filter=deletionDate!=2026-03-01%2001:00:00', [later]],
        ['filter=deletionDate=', [refused]],
        ['filter=deletionDate!=', [later, done]],
        ['filter=state=done&deletionDate<2026-03-01%2002:00:00', [done]],
        ['deletionDate>=2026-03-01%2002:01:40&state=done', [later]],
        ['order=deletionDate', [done, later, refused]],
        ['order=deletionDate,desc', [refused, later, done]],
        ['filter=state=CANCEL', []],
        // Every task has a state and a request.
        ['filter=state=', []],
        ['filter=state!=', [refused, later, done]],
        ['filter=state=;state=API_ERROR', [refused]],
        ['filter=request=', []],
        ['filter=request!=', [refused, later, done]],
      ];
      for (const [query, ids] of expected) assert.deepEqual(await found(query), ids, query);
      const spelled = await caller.client.get('/async?filter=state=done&deletionDate<2021-02-16%2016:21:09');
      assert.equal(
        spelled.json<TaskList>().meta.href,
        `${door.base}/async?filter=state=done;deletionDate%3C2021-02-16%2016:21:09`,
      );
    });

    it('refuses what it cannot filter or sort by', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      const asked: [string, number][] = [
        ['filter=owner=x', 1034],
        ['filter=state~DO', 1034],
        ['filter=state', 1034],
        ['filter=state=FINISHED', 1041],
        ['filter=deletionDate=tomorrow', 1035],
        ['filter=deletionDate<1970-01-01%2002:59:59', 1035],
        ['filter=state=%FF', 1058],
        ['order=state', 1063],
        ['order=created,down', 1042],
        ['limit=-1', 1040],
        ['offset=x', 1040],
      ];
      for (const [query, code] of asked) assertRefused(await client.get(`/async?${query}`), 400, code);
    });

    it('forgets a task a week after its creation', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const id = await finish(door, caller);
      door.clock.advance(7 * 24 * 3_600_000);
      assert.equal((await caller.client.get('/async')).json<TaskList>().meta.size, 0);
      assertRefused(await caller.client.get(`/async/${id}`), 404, 1021);
    });
  });
}
