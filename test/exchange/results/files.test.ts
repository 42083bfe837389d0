import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { storeFailure } from '../../../src/exchange/results/failures.ts';
import { fileResults } from '../../../src/exchange/results/files.ts';
import { openResults, ResultStoreAway, ResultStoreFull } from '../../../src/exchange/results/open.ts';
import { namesIn, resultStoreSuite } from '../../suites/result-store.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'waybill-results-'));

resultStoreSuite('files', async () => {
  const folder = await makeFolder();
  const store = await openResults(join(folder, 'results'));
  return {
    store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('results as files', () => {
  let folder: string;
  before(async () => {
    folder = await makeFolder();
  });
  after(() => rm(folder, { recursive: true }));

  it('can be read by the server alone', async () => {
    const results = join(folder, 'a', 'b');
    const writer = await fileResults(results).create('private');
    await writer.finish(Buffer.from([1]));
    assert.equal((await stat(results)).mode & 0o777, 0o700);
    for (const file of await readdir(results)) {
      assert.equal((await stat(join(results, file))).mode & 0o777, 0o600);
    }
  });

  it('bear their own name from the first byte on, with the index beside them', async () => {
    const results = join(folder, 'names');
    const writer = await fileResults(results).create('task-1');
    await writer.write(Buffer.from('half'));
    assert.deepEqual(await readdir(results), ['task-1']);
    assert.equal(await readFile(join(results, 'task-1'), 'utf8'), 'half');
    await writer.finish(Buffer.from([1]));
    assert.deepEqual((await readdir(results)).sort(), ['task-1', 'task-1.index']);
  });

  it('list an index whose result is gone, so that the sweep finds it', async () => {
    const results = join(folder, 'orphans');
    const store = fileResults(results);
    const writer = await store.create('orphan');
    await store.delete('orphan');
    await writer.finish(Buffer.from([1]));
    assert.deepEqual(await namesIn(store), ['orphan']);
    await store.delete('orphan');
    assert.deepEqual(await readdir(results), []);
  });

  it('are none where there is no folder yet', async () => {
    const store = fileResults(join(folder, 'missing'));
    assert.deepEqual(await namesIn(store), []);
    assert.equal(await store.index('any'), undefined);
  });

  it('leave foreign files alone', async () => {
    const results = join(folder, 'foreign');
    const store = fileResults(results);
    await (await store.create('ours')).finish(Buffer.from([1]));
    await writeFile(join(results, '.directory'), '');
    await writeFile(join(results, 'lost+found'), '');
    assert.deepEqual(await namesIn(store), ['ours']);
  });

  it('are away when their folder cannot be used', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    const store = fileResults(join(path, 'results'));
    await assert.rejects(store.create('any'), ResultStoreAway);
  });

  it('say that no space is left when the system says so', async () => {
    const full = await outOfSpace();
    const failure = storeFailure('writing a result', full);
    assert.ok(failure instanceof ResultStoreFull);
    assert.equal(failure.cause, full);
    assert.match(failure.message, /ENOSPC/);
    assert.ok(storeFailure('writing a result', new Error('else')) instanceof ResultStoreAway);
  });
});

/** The system's own error, from the device that is always full, where there is one. */
async function outOfSpace(): Promise<unknown> {
  if (process.platform !== 'linux') return Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  return writeFile('/dev/full', 'x').then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('opening a result store', () => {
  it('takes a path and a file URL, blanks and letters of any script included', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'мои results');
    await (await (await openResults(path)).create('one')).finish(Buffer.from([1]));
    const url = new URL(`file://${folder}/`);
    url.pathname += 'мои results';
    const store = await openResults(url.href);
    assert.deepEqual(await namesIn(store), ['one']);
    await rm(folder, { recursive: true });
  });

  it('names the scheme that it does not know', async () => {
    await assert.rejects(openResults('s3://bucket/prefix'), /cannot be kept in s3/);
  });
});
