/** Contract: Authentication's base; How it is run, `--public-url` and `--trust-proxy`. Nothing depends on the engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Door, type DoorOptions, openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { rawReply } from '../support/http.ts';
import { toyAnswer } from '../support/toy-source.ts';

const CREATE = '/report/stock/bystore?async=true&filter=stockMode=all';

function openOne(options: DoorOptions = {}): Promise<Door> {
  const [sqlite] = engines;
  if (sqlite === undefined) throw new Error('no engine');
  return openDoor(sqlite, options);
}

describe('addresses', () => {
  it('begin with the host that the request names', async () => {
    await using door = await openOne();
    const { client } = await door.caller();
    const reply = await client.get(CREATE, { headers: { Host: 'stock.local:8080' } });
    assert.match(String(reply.headers.location), /^http:\/\/stock\.local:8080\/api\/remap\/1\.2\/async\//);
  });

  it('begin with the public base behind a proxy that takes its prefix off, and behind one that does not', async () => {
    await using door = await openOne({ server: { publicUrl: 'https://stock.example/wb' } });
    const { client } = await door.caller();
    for (const prefix of ['', '/wb']) {
      const reply = await client.get(`${door.origin}${prefix}/api/remap/1.2${CREATE}`);
      assert.equal(reply.status, 202);
      const status = String(reply.headers['content-location']);
      assert.match(status, /^https:\/\/stock\.example\/wb\/api\/remap\/1\.2\/async\/[0-9a-f-]{36}$/);
      assert.equal(reply.headers.location, `${status}/result`);
      const id = status.split('/').at(-1);
      await door.witness.saw('task.finished', { task: id });
      const task = (await client.get(`/async/${id}`)).json<{ request: string; resultUrl: string }>();
      assert.equal(task.request, `https://stock.example/wb/api/remap/1.2${CREATE}`);
      assert.equal(task.resultUrl, `${status}/result`);
      const link = String((await client.get(`/async/${id}/result`)).headers.location);
      assert.match(link, /^https:\/\/stock\.example\/wb\/results\//);
      const result = await client.get(link.replace('https://stock.example/wb', door.origin + prefix));
      assert.deepEqual([result.status, result.json()], [200, toyAnswer(3)]);
    }
  });

  it('follow X-Forwarded-* of a trusted proxy only', async () => {
    const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'stock.example' };
    for (const [trustProxy, expected] of [
      [['127.0.0.1'], 'https://stock.example'],
      [[], undefined],
      [['10.0.0.1'], undefined],
    ] as const) {
      await using door = await openOne({ server: { trustProxy } });
      const { client } = await door.caller();
      const reply = await client.get(CREATE, { headers: forwarded });
      const location = String(reply.headers.location);
      assert.ok(location.startsWith(`${expected ?? door.origin}/api/remap/1.2/async/`), location);
    }
  });

  it('are whole even where a request names no host, or one that is none', async () => {
    await using door = await openOne();
    const { token } = await door.caller();
    const request = (version: string, host: string): string =>
      `GET /api/remap/1.2${CREATE} HTTP/${version}\r\n${host}Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    for (const bytes of [
      request('1.0', ''),
      request('1.1', 'Host: a"b<c>\r\n'),
      request('1.1', 'Host:\r\n'),
    ]) {
      const reply = await rawReply(door.origin, bytes);
      assert.match(reply, /^HTTP\/1\.1 202 /);
      assert.ok(reply.includes(`location: ${door.base}/async/`), reply);
    }
  });

  it('are accepted in absolute form and with doubled slashes', async () => {
    await using door = await openOne();
    const { token, client } = await door.caller();
    const reply = await rawReply(
      door.origin,
      `GET ${door.base}/async HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    assert.match(reply, /^HTTP\/1\.1 200 /);
    assert.equal((await client.get(`${door.origin}//api/remap/1.2//async//`)).status, 200);
  });
});

describe('meta.href', () => {
  it('is the request as sent, encoded only where it must be', async () => {
    await using door = await openOne();
    const { client } = await door.caller();
    const sent = [
      ['/async?filter=request=a<b>|"c"&limit=10', '/async?filter=request=a%3Cb%3E%7C%22c%22&limit=10'],
      ['/async/?filter=request%3Da%2Bb', '/async?filter=request%3Da%2Bb'],
      ['/async?expand=owner,owner.group', '/async?expand=owner,owner.group'],
    ] as const;
    for (const [target, href] of sent) {
      const reply = await client.get(target);
      assert.equal(reply.json<{ meta: { href: string } }>().meta.href, door.base + href);
    }
  });
});
