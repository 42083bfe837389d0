/** Contract: Errors. The mistakes that clients make most, against the whole product, and failures of our own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startApp } from '../support/app.ts';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { HttpClient, type WrittenError } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const REPORT = '/report/stock/bystore';
const NEVER = '498b8673-0308-11e6-9464-e4de00000089';
const JSON_BODY = { 'Content-Type': 'application/json' };

for (const engine of engines) {
  describe(`a mistake of the client on ${engine.name}`, () => {
    it("gets the contract's error and status, as JSON", async () => {
      await using app = await startApp(engine, { config: { workers: 0 } });
      const { client } = await app.member();
      using stranger = new HttpClient(app.base, { Authorization: 'Bearer 0000' });
      assertRefused(await stranger.get(REPORT), 401, 1056);
      assertRefused(await client.get(`/async/${NEVER}`), 404, 1021);
      assertRefused(await client.get(`/entity/product/${NEVER}`), 404, 1021);
      assertRefused(await client.get('/report/stock/nothing'), 404, 1002);
      assertRefused(await client.get('/entity/nothing'), 412, 1005);
      assertRefused(await client.get(`${REPORT}?filter=stockMode`), 400, 1034);
      assertRefused(await client.get(`${REPORT}?filter=stockmodus=all`), 400, 1034);
      assertRefused(await client.get(`${REPORT}?filter=stockMode=some`), 400, 1041);
      assertRefused(await client.get(`${REPORT}?filter=moment=tomorrow`), 400, 1035);
      assertRefused(await client.get('/async?filter=colour=red'), 400, 1034);
      assertRefused(await client.delete(REPORT), 405, 1039);
      const large = Buffer.alloc(20 * 2 ** 20 + 1, 32);
      assertRefused(await client.post('/entity/product', { headers: JSON_BODY, body: large }), 413, 1044);
      assertRefused(await client.get(`${REPORT}?search=${'x'.repeat(9_000)}`), 414, 90003);
      assertRefused(await client.get(REPORT, { headers: { 'X-Trace': 'x'.repeat(9_000) } }), 431, 90004);
      const broken = '{\n  "name": "Болт",\n  "code": 1,,\n}';
      const mistake = assertRefused(
        await client.post('/entity/product', { headers: JSON_BODY, body: broken }),
        400,
        2001,
      );
      assert.deepEqual([mistake.line, mistake.column], [3, 13]);
      for (let queued = 0; queued < 4; queued++) {
        assert.equal((await client.get(`${REPORT}?async=true`)).status, 202);
      }
      assertRefused(await client.get(`${REPORT}?async=true`), 429, 61002);
    });

    it('ends a task with the error and the status of the synchronous twin', async () => {
      await using app = await startApp(engine);
      const member = await app.member();
      for (const filter of ['stockMode=some', 'stockmodus=all', 'moment=tomorrow']) {
        const page = await member.client.get(`${REPORT}?filter=${filter}`);
        const task = await app.finished(member, `${REPORT}?async=true&filter=${filter}`);
        assert.equal(task.state, 'API_ERROR');
        assert.deepEqual({ errors: task.errors }, page.json());
        const result = await member.client.get(`/async/${task.id}/result`);
        assert.deepEqual([result.status, result.json()], [page.status, page.json()]);
      }
    });
  });
}

describe('a failure of our own', () => {
  it('is a 500 with an id that the log has, and tells nothing of the inside', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    await using door = await openDoor(sqlite);
    const { client } = await door.caller();
    await door.opened.database.write((tx) => tx.run('drop table entity'));
    const reply = await client.get('/entity/store', { headers: { 'Accept-Language': 'ru' } });
    const { error } = assertRefused(reply, 500, 1999);
    const [failed] = door.witness.all('request.failed');
    assert.equal(failed?.level, 'error');
    assert.ok(failed.fields.error instanceof Error);
    assert.ok(error.includes(String(failed.fields.request)));
    assert.ok(!/sql|table|entity|\/src\//i.test(error), error);
  });

  it('in the process that builds pages is one too', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    await using door = await openDoor(sqlite);
    const { client } = await door.caller();
    const reply = await client.get(`${REPORT}?do=throw`);
    const { error } = assertRefused(reply, 500, 1999);
    const [failed] = door.witness.all('request.failed');
    assert.match(String(failed?.fields.error), /the toy was told to throw/);
    assert.ok(error.includes(String(failed?.fields.request)) && !error.includes('toy'));
  });

  it('passes when pages are too many: 503 with a time to wait', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    await using door = await openDoor(sqlite, { limits: { maxWaitingPages: 0 } });
    const { client } = await door.caller();
    const slow = client.get(`${REPORT}?rows=1&hold=open`);
    const arrival = await door.control.arrival();
    const busy = await client.get(REPORT);
    assertRefused(busy, 503, 90006);
    assert.match(String(busy.headers['retry-after']), /^[1-9]\d*$/);
    arrival.tell('go');
    assert.equal((await slow).status, 200);
  });
});

describe('moreInfo', () => {
  it('leads to the line of the error in the page of errors', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    await using door = await openDoor(sqlite);
    const { client } = await door.caller();
    const refused = await client.get(`/async/${NEVER}`);
    const [error] = refused.json<{ errors: WrittenError[] }>().errors;
    const [page = '', anchor] = error?.moreInfo.split('#') ?? [];
    const reply = await door.anonymous.get(page);
    assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(anchor, 'error_1021');
    assert.ok(reply.text.includes('<tr id="error_1021">'));
  });
});
