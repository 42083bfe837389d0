/** Contract: Encoding; What public clients send and need. Nothing here depends on the engine. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Caller, type Door, openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { toyAnswer } from '../support/toy-source.ts';
import { assertRefused } from './refusals.ts';

const REPORT = '/report/stock/bystore';
const UNKNOWN_TASK = '/async/498b8673-0308-11e6-9464-e4de00000089';

describe('encoding', () => {
  let door: Door;
  let caller: Caller;
  before(async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    door = await openDoor(sqlite);
    caller = await door.caller();
  });
  after(() => door[Symbol.asyncDispose]());

  it('is JSON in UTF-8', async () => {
    const reply = await caller.client.get(`${REPORT}?rows=2`);
    assert.equal(reply.headers['content-type'], 'application/json;charset=utf-8');
    assert.deepEqual(reply.json(), toyAnswer(2));
  });

  it('packs what is worth it where gzip is accepted, and never with anything else', async () => {
    for (const accepted of ['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.2', '*', 'X-GZIP']) {
      const reply = await caller.client.get(`${REPORT}?rows=500`, {
        headers: { 'Accept-Encoding': accepted },
      });
      assert.equal(reply.headers['content-encoding'], 'gzip', accepted);
      assert.equal(reply.headers.vary, 'Accept-Encoding');
      assert.equal(reply.headers['content-length'], String(reply.bytes.length));
      assert.deepEqual(JSON.parse(gunzipSync(reply.bytes).toString()), toyAnswer(500));
    }
    for (const accepted of ['', 'br', 'deflate', 'identity', 'gzip;q=0', 'gzip;q=0, *']) {
      const reply = await caller.client.get(`${REPORT}?rows=500`, {
        headers: { 'Accept-Encoding': accepted },
      });
      assert.equal(reply.headers['content-encoding'], undefined, accepted);
      assert.deepEqual(JSON.parse(reply.bytes.toString()), toyAnswer(500));
    }
  });

  it('leaves empty answers alone', async () => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const created = await caller.client.get(`${REPORT}?async=true`, { headers });
    assert.deepEqual([created.status, created.bytes.length], [202, 0]);
    assert.equal(created.headers['content-encoding'], undefined);
    assert.equal(created.headers['content-type'], undefined);
  });

  it('indents where it is asked to, and says the same', async () => {
    const plain = await caller.client.get(`${REPORT}?rows=2`);
    const pretty = await caller.client.get(`${REPORT}?rows=2`, {
      headers: { 'Lognex-Pretty-Print-JSON': 'true' },
    });
    assert.equal(pretty.text, JSON.stringify(plain.json(), null, 2));
    const error = await caller.client.get(UNKNOWN_TASK, { headers: { 'Lognex-Pretty-Print-JSON': 'true' } });
    assert.equal(error.text, JSON.stringify(error.json(), null, 2));
  });

  it('takes any Accept that has room for JSON, and refuses others', async () => {
    const fitting = [
      'application/json;charset=utf-8',
      'application/json',
      '*/*',
      'APPLICATION/JSON',
      'application/json;charset=utf-8, application/json,text/html;charset=UTF-8;q=0.9',
      'text/html, */*;q=0.1',
      'application/*',
    ];
    for (const accept of fitting) {
      const reply = await caller.client.get(REPORT, { headers: { accept } });
      assert.equal(reply.status, 200, accept);
    }
    for (const accept of ['text/html', 'application/xml', 'application/json;q=0', 'text/csv, text/*']) {
      assertRefused(await caller.client.get(REPORT, { headers: { accept } }), 400, 1062);
    }
  });

  it('speaks Russian or English, by weight', async () => {
    const texts = {
      en: 'Object of type async with id 498b8673-0308-11e6-9464-e4de00000089 was not found',
      ru: 'Объект типа async с id 498b8673-0308-11e6-9464-e4de00000089 не найден',
    };
    const wanted = [
      ['ru', 'ru'],
      ['ru-RU,ru;q=0.9,en-US;q=0.8', 'ru'],
      ['en;q=0.5, ru;q=0.6', 'ru'],
      ['en-GB, ru;q=0.9', 'en'],
      ['de', 'en'],
      ['*', 'en'],
      ['ru;q=0', 'en'],
      ['', 'en'],
    ] as const;
    for (const [accepted, language] of wanted) {
      const reply = await caller.client.get(UNKNOWN_TASK, { headers: { 'Accept-Language': accepted } });
      assert.equal(assertRefused(reply, 404, 1021).error, texts[language], accepted);
    }
  });

  it('takes a body without a Content-Type, and one with spaces and a charset', async () => {
    const spellings = [{}, { 'Content-Type': 'Application/JSON; charset="UTF-8"' }];
    for (const headers of spellings) {
      const reply = await caller.client.post('/entity/product', { body: '{"name":"Болт"}', headers });
      assert.deepEqual([reply.status, reply.json().name], [200, 'Болт']);
    }
  });

  it('refuses a body that is no JSON by its own word', async () => {
    for (const type of ['text/plain', 'application/xml', 'json', 'application/json;charset=windows-1251']) {
      const reply = await caller.client.post('/entity/product', {
        body: '{"name":"x"}',
        headers: { 'Content-Type': type },
      });
      assertRefused(reply, 415, 1037);
    }
    const packed = await caller.client.post('/entity/product', {
      body: 'x',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
    });
    assertRefused(packed, 415, 1037);
  });

  it('takes an empty body that says it is JSON as no body', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const post = await caller.client.post('/entity/product', { headers });
    assertRefused(post, 400, 1027);
    const cancel = await caller.client.post(`${UNKNOWN_TASK}/cancel`, { headers });
    assertRefused(cancel, 404, 1021);
    const chunked = await caller.client.post('/entity/product', {
      headers: { ...headers, 'Transfer-Encoding': 'chunked' },
    });
    assertRefused(chunked, 400, 1027);
    const blank = await caller.client.post('/entity/product', { headers, body: ' \n' });
    assertRefused(blank, 400, 1027);
  });

  it('ignores the body of GET, and of DELETE', async () => {
    const get = await caller.client.get(REPORT, {
      headers: { 'Content-Type': 'application/json' },
      body: '{"not": read',
    });
    assert.equal(get.status, 200);
    const remove = await caller.client.delete('/async', {
      headers: { 'Content-Type': 'application/json' },
      body: '[]',
    });
    assertRefused(remove, 405, 1039);
  });

  it('treats a path with a slash at its end as the same', async () => {
    assert.equal((await caller.client.get('/async/?limit=1')).status, 200);
    assert.equal((await caller.client.get(`${REPORT}/?limit=1`)).status, 200);
    assert.equal((await caller.client.get(`${REPORT}/?async=true`)).status, 202);
    assertRefused(await caller.client.put(`${UNKNOWN_TASK}/cancel/`), 404, 1021);
  });

  it('ignores unknown parameters and headers', async () => {
    const reply = await caller.client.get(`${REPORT}?rows=1&momentum=1&x`, {
      headers: { 'X-Lognex-Accept-Region': 'kz', 'X-Lognex-Precision': 'true', 'X-Whatever': '1' },
    });
    assert.deepEqual(reply.json(), toyAnswer(1));
  });
});
