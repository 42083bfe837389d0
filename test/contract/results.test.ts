/** Contract: The asynchronous exchange, §5; What public clients need, 9. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Caller, type Door, openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { basic, type Reply } from '../support/http.ts';
import { toyAnswer } from '../support/toy-source.ts';
import { assertRefused } from './refusals.ts';

const MINUTE_MS = 60_000;

/** A task that is done, and its `/result` answered. */
async function done(
  door: Door,
  caller: Caller,
  query = 'rows=3',
): Promise<{ id: string; link: string; reply: Reply }> {
  const created = await caller.client.get(`/report/stock/bystore?async=true&${query}`);
  const id = String(created.headers['content-location']).split('/').at(-1) ?? '';
  await door.witness.saw('task.finished', { task: id, state: 'DONE' });
  const reply = await caller.client.get(`/async/${id}/result`);
  assert.equal(reply.status, 302);
  return { id, link: String(reply.headers.location), reply };
}

const linkOf = async ({ client }: Caller, id: string): Promise<string> =>
  String((await client.get(`/async/${id}/result`)).headers.location);

/** Changes the character behind a mark to another one of its kind. */
const changedAfter = (link: string, mark: string): string => {
  const at = link.indexOf(mark) + mark.length;
  return link.slice(0, at) + (link[at] === '1' ? '2' : '1') + link.slice(at + 1);
};

for (const engine of engines) {
  describe(`a result on ${engine.name}`, () => {
    it("is a redirect without a body to a signed link with the document's parameters", async () => {
      await using door = await openDoor(engine);
      const { id, link, reply } = await done(door, await door.caller());
      assert.equal(reply.bytes.length, 0);
      assert.equal(reply.headers['content-encoding'], undefined);
      const url = new URL(link);
      assert.equal(url.origin, door.origin);
      assert.match(url.searchParams.get('temp_url_sig') ?? '', /^[0-9a-f]{64}$/);
      const expires = door.clock.now() / 1000 + 300;
      assert.equal(url.searchParams.get('temp_url_expires'), String(expires));
      assert.equal(url.searchParams.get('filename'), `asynctask_${id}_result.json`);
    });

    it('comes to whoever has the link, whatever they send as Authorization', async () => {
      await using door = await openDoor(engine);
      const [caller, stranger] = [await door.caller(), await door.caller()];
      const { link } = await done(door, caller);
      const authorizations = [
        'Bearer nonsense',
        'nonsense',
        basic('nobody', 'x'),
        `Bearer ${stranger.token}`,
      ];
      for (const authorization of [undefined, ...authorizations]) {
        const reply = await door.anonymous.get(link, authorization ? { headers: { authorization } } : {});
        assert.deepEqual([reply.status, reply.json()], [200, toyAnswer(3)]);
      }
      // As fetch follows the redirect: everything by itself.
      const followed = await fetch(`${door.base}/async/${await idOf(link, caller)}/result`, {
        headers: { authorization: `Bearer ${caller.token}` },
      });
      assert.deepEqual(await followed.json(), toyAnswer(3));
    });

    it('is packed once at most, and its bytes are those that the task names', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const { id, link } = await done(door, caller, 'rows=5000');
      const task = (await caller.client.get(`/async/${id}`)).json<{
        result: { sha256: string; bytes: number };
      }>();
      const plain = await door.anonymous.get(link);
      const packed = await door.anonymous.get(link, { headers: { 'Accept-Encoding': 'gzip' } });
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.equal(packed.headers['content-encoding'], 'gzip');
      for (const bytes of [plain.bytes, gunzipSync(packed.bytes)]) {
        assert.equal(createHash('sha256').update(bytes).digest('hex'), task.result.sha256);
        assert.equal(bytes.length, task.result.bytes);
        assert.deepEqual(JSON.parse(bytes.toString()), toyAnswer(5000));
      }
      for (const { bytes, headers } of [plain, packed]) {
        assert.equal(headers['content-type'], 'application/json;charset=utf-8');
        assert.equal(headers['content-length'], String(bytes.length));
        const digest = createHash('sha256').update(bytes).digest('base64');
        assert.equal(headers['repr-digest'], `sha-256=:${digest}:`);
      }
    });

    it('answers HEAD as GET without the body', async () => {
      await using door = await openDoor(engine);
      const { link } = await done(door, await door.caller(), 'rows=500');
      const get = await door.anonymous.get(link);
      const head = await door.anonymous.send('HEAD', link);
      assert.deepEqual([head.status, head.bytes.length], [200, 0]);
      for (const name of ['content-length', 'content-type', 'etag', 'repr-digest', 'accept-ranges']) {
        assert.equal(head.headers[name], get.headers[name], name);
      }
    });

    it('is resumed with a range of the coding that the answer names', async () => {
      await using door = await openDoor(engine);
      const { link } = await done(door, await door.caller(), 'rows=5000');
      for (const coding of ['gzip', 'identity']) {
        const headers = { 'Accept-Encoding': coding };
        const whole = await door.anonymous.get(link, { headers });
        const etag = String(whole.headers.etag);
        const rest = await door.anonymous.get(link, {
          headers: { ...headers, Range: 'bytes=1000-', 'If-Range': etag },
        });
        assert.equal(rest.status, 206);
        assert.equal(rest.headers['content-encoding'], whole.headers['content-encoding']);
        assert.deepEqual(Buffer.concat([whole.bytes.subarray(0, 1000), rest.bytes]), whole.bytes);
        const changed = await door.anonymous.get(link, {
          headers: { ...headers, Range: 'bytes=1000-', 'If-Range': '"another"' },
        });
        assert.deepEqual([changed.status, changed.bytes.length], [200, whole.bytes.length]);
        const same = await door.anonymous.get(link, { headers: { ...headers, 'If-None-Match': etag } });
        assert.deepEqual([same.status, same.bytes.length], [304, 0]);
        const beyond = await door.anonymous.get(link, {
          headers: { ...headers, Range: `bytes=${whole.bytes.length}-` },
        });
        assertRefused(beyond, 416, 90007);
        assert.equal(beyond.headers['content-range'], `bytes */${whole.bytes.length}`);
      }
    });
  });

  describe(`a link to a result on ${engine.name}`, () => {
    it('opens for five minutes', async () => {
      await using door = await openDoor(engine);
      const { link } = await done(door, await door.caller());
      for (const [ms, status] of [
        [1_000, 200],
        [4 * MINUTE_MS + 58_000, 200],
        [2_000, 401],
      ] as const) {
        door.clock.advance(ms);
        assert.equal((await door.anonymous.get(link)).status, status);
      }
    });

    it('opens for nobody who changed a byte of it, and does not say which', async () => {
      await using door = await openDoor(engine);
      const { link } = await done(door, await door.caller());
      const path = new URL(link).pathname;
      const room = path.slice(0, path.lastIndexOf('/') + 1);
      const changed = [
        changedAfter(link, room),
        changedAfter(link, 'temp_url_sig='),
        changedAfter(link, 'temp_url_expires='),
        link.replace(/temp_url_sig=[^&]*&/, ''),
        link.slice(0, link.indexOf('?')),
      ];
      const texts = new Set<string>();
      for (const each of changed) {
        const reply = await door.anonymous.get(each);
        texts.add(assertRefused(reply, 401, 1056).error);
        assert.equal((await door.anonymous.send('HEAD', each)).status, 401);
      }
      assert.equal(texts.size, 1);
    });

    it('is for reading only', async () => {
      await using door = await openDoor(engine);
      const { link } = await done(door, await door.caller());
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
        const reply = await door.anonymous.send(method, link);
        assertRefused(reply, 405, 1039);
        assert.equal(reply.headers.allow, 'GET, HEAD');
      }
    });

    it('is made afresh for each request, and never outlives its result', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const { id, link: first } = await done(door, caller);
      door.clock.advance(6 * MINUTE_MS);
      const second = await linkOf(caller, id);
      assert.notEqual(second, first);
      assert.equal((await door.anonymous.get(first)).status, 401);
      assert.equal((await door.anonymous.get(second)).status, 200);
      door.clock.advance(53 * MINUTE_MS);
      const last = await linkOf(caller, id);
      assert.equal(
        new URL(last).searchParams.get('temp_url_expires'),
        String(Date.UTC(2026, 2, 1, 1) / 1000),
      );
      assert.equal((await door.anonymous.get(last)).status, 200);
      door.clock.advance(MINUTE_MS);
      assert.equal((await door.anonymous.get(last)).status, 401);
      assertRefused(await caller.client.get(`/async/${id}/result`), 410, 61003);
    });

    it('lets its file name break no header', async () => {
      await using door = await openDoor(engine);
      const { link } = await done(door, await door.caller());
      const named = async (name: string): Promise<string> => {
        const reply = await door.anonymous.get(
          link.replace(/filename=.*/, `filename=${encodeURIComponent(name)}`),
        );
        assert.equal(reply.status, 200);
        assert.equal(reply.headers['x-added'], undefined);
        assert.equal(reply.headers['content-type'], 'application/json;charset=utf-8');
        return String(reply.headers['content-disposition']);
      };
      const cyrillic = await named('отчёт*"2026".json');
      assert.match(cyrillic, /^attachment; filename="[ -~]*"; filename\*=UTF-8''/);
      assert.match(cyrillic, /filename\*=UTF-8''%D0%BE%D1%82%D1%87/);
      assert.match(await named('a\r\nX-Added: 1\r\n.json'), /^attachment; filename="[ -~]*"/);
      assert.match(await named('page.html'), /^attachment; /);
      assert.ok(!(await named('../../etc/passwd')).includes('/'));
    });
  });

  describe(`a download that is cut on ${engine.name}`, () => {
    it('leaves no error in the log and no file open, and the server serves on', async () => {
      await using door = await openDoor(engine);
      const caller = await door.caller();
      const { link } = await done(door, caller, 'rows=200000&batch=5000');
      const size = (await door.anonymous.get(link)).bytes.length;
      const held = await openDownload(link, false);
      assert.equal(openFiles().length, 1);
      held.destroy();
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => cutDownload(link, (index * size) / 400, index % 2 === 0)),
      );
      const whole = await door.anonymous.get(link);
      assert.deepEqual([whole.status, whole.bytes.length], [200, size]);
      await door.stop();
      assert.deepEqual(openFiles(), []);
      assert.deepEqual(
        door.witness.log.filter(({ level }) => level === 'error' || level === 'warn'),
        [],
      );
    });
  });
}

/** The task of a link, by its file name. */
async function idOf(link: string, caller: Caller): Promise<string> {
  const id = /asynctask_(.*)_result/.exec(link)?.[1] ?? '';
  assert.equal((await caller.client.get(`/async/${id}`)).status, 200);
  return id;
}

/** Begins a download and reads nothing of it yet. */
async function openDownload(link: string, isPacked: boolean): Promise<IncomingMessage> {
  const outgoing = request(link, { agent: false, headers: isPacked ? { 'Accept-Encoding': 'gzip' } : {} });
  outgoing.end();
  const [incoming] = await once(outgoing, 'response');
  return incoming.on('error', () => {});
}

/** Reads so many bytes of a download and breaks the connection. */
async function cutDownload(link: string, bytes: number, isPacked: boolean): Promise<void> {
  const incoming = await openDownload(link, isPacked);
  let read = 0;
  incoming.on('data', (piece: Buffer) => {
    read += piece.length;
    if (read >= bytes) incoming.destroy();
  });
  await new Promise<void>((resolve) => incoming.on('close', () => resolve()));
}

/** Result files that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.includes('waybill-door-') ? [target] : [];
    } catch {
      return [];
    }
  });
}
