import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { GzipMember } from '../../../src/exchange/encode/gzip-member.ts';
import type { ResultStore, StoredResult } from '../../../src/exchange/ports.ts';
import { answerDownload, type ResultAnswer } from '../../../src/exchange/results/download.ts';
import { fileResults } from '../../../src/exchange/results/files.ts';

const GZIP = { 'accept-encoding': 'gzip' };
const digest = (bytes: Uint8Array): string =>
  `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

describe('the download of a result', () => {
  let folder: string;
  let store: ResultStore;
  let result: StoredResult;
  /** Both representations, as they must arrive. */
  let plain: Buffer;
  let stored: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-download-'));
    store = fileResults(folder);
    const pieces = [1, 3000, 50, 200_000, 7].map((size, i) =>
      Buffer.alloc(size, `piece ${i} of the report; `),
    );
    plain = Buffer.concat(pieces);
    ({ result, stored } = await put('result', pieces));
  });
  after(() => rm(folder, { recursive: true }));

  async function put(
    name: string,
    pieces: readonly Buffer[],
  ): Promise<{ result: StoredResult; stored: Buffer }> {
    const member = new GzipMember();
    const writer = await store.create(name);
    const parts = pieces.map((piece) => Buffer.from(member.add(piece)));
    const { stored: last, compressed } = member.end();
    const { index, ...known } = compressed;
    const whole = Buffer.concat([...parts, last]);
    await writer.write(whole);
    await writer.finish(index);
    return { result: { name, ...known }, stored: whole };
  }

  const ask = async (
    headers: Readonly<Record<string, string | undefined>>,
    method: 'GET' | 'HEAD' = 'GET',
  ): Promise<ResultAnswer> => {
    const answer = await answerDownload(store, result, { method, headers, filename: 'report.json' });
    assert.ok(answer);
    return answer;
  };
  const bodyOf = async ({ body }: ResultAnswer): Promise<Buffer> => {
    assert.ok(body);
    return buffer(body);
  };

  it('is plain for a client that does not unpack, and marked by nothing', async () => {
    for (const headers of [{}, { 'accept-encoding': 'br' }, { 'accept-encoding': 'gzip;q=0' }]) {
      const answer = await ask(headers);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.headers, {
        ETag: answer.headers.ETag,
        Vary: 'Accept-Encoding',
        'Accept-Ranges': 'bytes',
        'Content-Type': 'application/json;charset=utf-8',
        'Content-Disposition': 'attachment; filename="report.json"',
        'Content-Length': String(plain.length),
        'Repr-Digest': digest(plain),
      });
      assert.deepEqual(await bodyOf(answer), plain);
    }
  });

  it('is the stored gzip for a client that unpacks, one layer, marked as such', async () => {
    const answer = await ask(GZIP);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['Content-Encoding'], 'gzip');
    assert.equal(answer.headers['Content-Length'], String(stored.length));
    assert.equal(answer.headers['Repr-Digest'], digest(stored));
    const body = await bodyOf(answer);
    assert.deepEqual(body, stored);
    assert.equal(createHash('sha256').update(gunzipSync(body)).digest('hex'), result.sha256);
  });

  it('gives each representation a strong tag of its own', async () => {
    const tags = [(await ask({}, 'HEAD')).headers.ETag!, (await ask(GZIP, 'HEAD')).headers.ETag!];
    for (const tag of tags) assert.match(tag, /^"[0-9a-f]{64}(-gzip)?"$/);
    assert.notEqual(tags[0], tags[1]);
  });

  it('answers HEAD like GET, without the body', async () => {
    for (const headers of [{}, GZIP]) {
      const get = await ask(headers);
      const head = await ask({ ...headers, range: 'bytes=1-2' }, 'HEAD');
      get.body?.destroy();
      assert.deepEqual(head, { status: 200, headers: get.headers });
    }
  });

  it('answers any range of either representation with exactly its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.nat(), fc.boolean(), async (isGzip, a, b, isOpen) => {
        const whole = isGzip ? stored : plain;
        const [start, last] = [a % whole.length, b % whole.length].sort((x, y) => x - y) as [number, number];
        const range = isOpen ? `bytes=${start}-` : `bytes=${start}-${last}`;
        const end = isOpen ? whole.length : last + 1;
        const answer = await ask({ ...(isGzip ? GZIP : {}), range });
        assert.equal(answer.status, 206);
        assert.equal(answer.headers['Content-Range'], `bytes ${start}-${end - 1}/${whole.length}`);
        assert.equal(answer.headers['Content-Length'], String(end - start));
        assert.equal(answer.headers['Content-Encoding'], isGzip ? 'gzip' : undefined);
        assert.equal(answer.headers['Repr-Digest'], digest(whole));
        assert.deepEqual(await bodyOf(answer), whole.subarray(start, end));
      }),
      { numRuns: 150 },
    );
  });

  it('lets a broken download be resumed to the right whole, in either representation', async () => {
    for (const [headers, whole] of [
      [{}, plain],
      [GZIP, stored],
    ] as const) {
      const first = await ask(headers);
      const begun = (await bodyOf(first)).subarray(0, 1234);
      const rest = await ask({ ...headers, range: `bytes=${begun.length}-`, 'if-range': first.headers.ETag });
      assert.equal(rest.status, 206);
      assert.deepEqual(Buffer.concat([begun, await bodyOf(rest)]), whole);
    }
  });

  it('sends the whole anew when the resumed download was of other bytes', async () => {
    const gzipTag = (await ask(GZIP, 'HEAD')).headers.ETag;
    for (const ifRange of [gzipTag, '"other"', 'Tue, 31 Mar 2026 12:00:00 GMT']) {
      const answer = await ask({ range: 'bytes=5-', 'if-range': ifRange });
      assert.equal(answer.status, 200);
      assert.deepEqual(await bodyOf(answer), plain);
    }
  });

  it('sends the whole for several ranges', async () => {
    const answer = await ask({ range: 'bytes=0-1,5-6' });
    assert.equal(answer.status, 200);
    assert.deepEqual(await bodyOf(answer), plain);
  });

  it('tells the size to whoever asks beyond it', async () => {
    for (const [headers, size] of [
      [{}, plain.length],
      [GZIP, stored.length],
    ] as const) {
      const answer = await ask({ ...headers, range: `bytes=${size}-` });
      assert.equal(answer.status, 416);
      assert.equal(answer.headers['Content-Range'], `bytes */${size}`);
      assert.equal(answer.body, undefined);
    }
  });

  it('sends nothing to a client that has the same representation already', async () => {
    for (const headers of [{}, GZIP]) {
      const tag = (await ask(headers, 'HEAD')).headers.ETag!;
      for (const method of ['GET', 'HEAD'] as const) {
        const answer = await ask({ ...headers, 'if-none-match': `"x", ${tag}` }, method);
        assert.deepEqual(answer, {
          status: 304,
          headers: { ETag: tag, Vary: 'Accept-Encoding', 'Accept-Ranges': 'bytes' },
        });
      }
    }
    const gzipTag = (await ask(GZIP, 'HEAD')).headers.ETag;
    const other = await ask({ 'if-none-match': gzipTag });
    assert.equal(other.status, 200);
    other.body?.destroy();
  });

  it('is nothing when the result is gone', async () => {
    const gone = { ...result, name: 'gone' };
    const request = { method: 'GET' as const, headers: {}, filename: '' };
    assert.equal(await answerDownload(store, gone, request), undefined);
  });

  it('reads the stored bytes of the touched pieces only', async () => {
    const ranges: [number, number][] = [];
    const watched: ResultStore = {
      ...store,
      read(name, start, end) {
        ranges.push([start, end]);
        return store.read(name, start, end);
      },
    };
    const headers = { range: 'bytes=3100-3200' };
    const answer = await answerDownload(watched, result, { method: 'GET', headers, filename: '' });
    assert.deepEqual(await buffer(answer!.body!), plain.subarray(3100, 3201));
    // The fourth piece, of 200,000 equal bytes, deflates to about a thousand.
    assert.equal(ranges.length, 1);
    assert.ok(ranges[0]![0] > 10 && ranges[0]![1] < stored.length - 10);
  });

  it('fails the body, not the process, when stored bytes are damaged or end too early', async () => {
    const pieces = [Buffer.alloc(5000, 'abc'), Buffer.alloc(5000, 'xyz')];
    const { result: damaged, stored: whole } = await put('damaged', pieces);
    for (const bytes of [whole.subarray(0, 20), Buffer.from(whole).fill(0xff, 12, 20)]) {
      const broken: ResultStore = {
        ...store,
        read: async () => Readable.from([bytes]),
      };
      const answer = await answerDownload(broken, damaged, { method: 'GET', headers: {}, filename: '' });
      await assert.rejects(buffer(answer!.body!));
    }
  });

  it('leaves no file open when clients go at random bytes, or before the first', async () => {
    const large = Array.from({ length: 12 }, (_, i) => Buffer.alloc(400_000, `row ${i} `));
    const { result: cut } = await put('cut', large);
    for (let i = 0; i < 200; i++) {
      const headers = i % 2 === 0 ? GZIP : i % 3 === 0 ? { range: `bytes=${i * 1000}-` } : {};
      const answer = await answerDownload(store, cut, { method: 'GET', headers, filename: '' });
      await cutAfter(answer!.body!, (i % 5) * 300_000);
    }
    assert.deepEqual(await openFilesUnder(folder), []);
  });
});

/** Reads at least so many bytes, then goes away. */
async function cutAfter(body: Readable, bytes: number): Promise<void> {
  let seen = 0;
  body.on('error', () => {});
  if (bytes > 0) {
    for await (const chunk of body) {
      seen += chunk.length;
      if (seen >= bytes) break;
    }
  }
  body.destroy();
  if (!body.closed) await once(body, 'close');
}

/** This process's open files below a folder, where the system shows them. */
async function openFilesUnder(folder: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(folder));
}
