/** Contract: Encoding, the bounds of a request; What public clients need, 5. Nothing here depends on the engine. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Caller, type Door, openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { rawReply } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const MEGABYTE = 2 ** 20;
const PATH = '/api/remap/1.2/entity/product';

/** An object of exactly so many bytes. */
const bodyOf = (bytes: number): string => `{"name":"${'x'.repeat(bytes - 11)}"}`;

describe('the size of a request', () => {
  let door: Door;
  let caller: Caller;
  before(async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    door = await openDoor(sqlite);
    caller = await door.caller();
  });
  after(() => door[Symbol.asyncDispose]());

  it('is bounded: a body of 20 MB is read, one byte more is refused', async () => {
    const within = await caller.client.post('/entity/product?async=false', { body: bodyOf(20 * MEGABYTE) });
    assert.notEqual(within.status, 413);
    assertRefused(
      await caller.client.post('/entity/product', { body: bodyOf(20 * MEGABYTE + 1) }),
      413,
      1044,
    );
  });

  it('is refused with its answer to a client that sends all before it reads', async () => {
    const body = bodyOf(40 * MEGABYTE);
    for (const headers of [{}, { Connection: 'close' }, { 'Transfer-Encoding': 'chunked' }]) {
      const reply = await caller.client.post('/entity/product', { body, headers });
      assertRefused(reply, 413, 1044);
    }
  });

  it('does not matter to a refusal that came first', async () => {
    const body = bodyOf(30 * MEGABYTE);
    assertRefused(await door.anonymous.post('/entity/product', { body }), 401, 1056);
    assertRefused(await caller.client.post('/nothing', { body }), 404, 1002);
    // The same connection serves on.
    assert.equal((await caller.client.get('/context/employee')).status, 200);
  });

  it('cuts a client that never ends', async () => {
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${caller.token}\r\n`;
    const body = Buffer.alloc(65 * MEGABYTE, 32);
    const reply = await rawReply(
      door.origin,
      Buffer.concat([Buffer.from(`${head}Content-Length: ${2 ** 40}\r\n\r\n`), body]),
    );
    assert.match(reply, /^HTTP\/1\.1 413 /);
    assert.match(reply, /"code":1044/);
  });

  it('counts the address', async () => {
    const fits = await caller.client.get(`/async?x=${'x'.repeat(7_000)}`);
    assert.equal(fits.status, 200);
    for (const length of [8_200, 20_000, 40_000, 300_000]) {
      assertRefused(await caller.client.get(`/async?x=${'x'.repeat(length)}`), 414, 90003);
    }
  });

  it('counts all headers together', async () => {
    const headersOf = (bytes: number) => ({
      'X-One': 'x'.repeat(bytes / 2),
      'User-Agent': 'x'.repeat(bytes / 2),
    });
    assert.equal((await caller.client.get('/async', { headers: headersOf(7_000) })).status, 200);
    for (const length of [8_200, 20_000, 40_000, 300_000]) {
      assertRefused(await caller.client.get('/async', { headers: headersOf(length) }), 431, 90004);
    }
  });

  it('refuses what Node cannot read, as JSON', async () => {
    const target = '/api/remap/1.2/async?filter=state=done';
    const unreadable: [string, RegExp][] = [
      [`GET ${target};request=a b HTTP/1.1\r\nHost: x\r\n\r\n`, /percent-encode spaces/],
      [`GET ${target};request=я HTTP/1.1\r\nHost: x\r\n\r\n`, /percent-encode spaces/],
      [`GET ${target} HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n`, /not readable as HTTP/],
      ['nonsense\r\n\r\n', /not readable as HTTP/],
    ];
    for (const [request, message] of unreadable) {
      const reply = await rawReply(door.origin, request);
      const [head = '', body = ''] = reply.split('\r\n\r\n');
      assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(head, /\r\nContent-Type: application\/json;charset=utf-8\r\n/);
      assert.match(head, /\r\nConnection: close/);
      const { errors } = JSON.parse(body);
      assert.equal(errors[0].code, 1038);
      assert.match(errors[0].error_message, message);
    }
  });

  it('refuses HTTP/1.1 without Host as JSON', async () => {
    const { token } = await door.caller();
    const reply = await rawReply(
      door.origin,
      `GET /api/remap/1.2/async HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    const [head = '', body = ''] = reply.split('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(head, /\r\ncontent-type: application\/json;charset=utf-8\r\n/i);
    assert.equal(JSON.parse(body).errors[0].code, 1093);
  });

  it('does not mind an expectation that nobody knows', async () => {
    const { client } = await door.caller();
    const reply = await client.get('/async', { headers: { Expect: 'foo' } });
    assert.equal(reply.status, 200, reply.text);
    const made = await client.post('/entity/store', { headers: { Expect: 'foo' }, body: { name: 'North' } });
    assert.equal(made.status, 200, made.text);
  });
});
