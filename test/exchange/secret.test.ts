import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { linkSecret } from '../../src/exchange/results/secret.ts';
import { exchangeMigrations } from '../../src/exchange/tasks/tables.ts';
import { randomIds } from '../../src/platform/ids.ts';
import { engines } from '../support/engines.ts';

async function openFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'waybill-secret-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

for (const engine of engines) {
  describe(`the secret of links on ${engine.name}`, () => {
    it('is made once, and is the same for all who ask at once and later', async () => {
      await using opened = await engine.open([exchangeMigrations]);
      await using folder = await openFolder();
      const all = await Promise.all(
        Array.from({ length: 10 }, () => linkSecret(opened.database, folder.path, randomIds)),
      );
      const later = await linkSecret(opened.database, folder.path, randomIds);
      assert.equal(later.length, 32);
      for (const secret of all) assert.deepEqual(secret, later);
      await using other = await engine.open([exchangeMigrations]);
      await using elsewhere = await openFolder();
      assert.notDeepEqual(await linkSecret(other.database, elsewhere.path, randomIds), later);
      assert.deepEqual(await readdir(folder.path), engine.name === 'sqlite' ? ['secret'] : []);
    });
  });
}

describe('the file of the secret', () => {
  const sqlite = engines.find(({ name }) => name === 'sqlite')!;

  it('is for its owner alone, and refused when it was spoilt', async () => {
    await using opened = await sqlite.open([exchangeMigrations]);
    await using folder = await openFolder();
    await linkSecret(opened.database, folder.path, randomIds);
    assert.equal((await stat(join(folder.path, 'secret'))).mode & 0o777, 0o600);
    await writeFile(join(folder.path, 'secret'), 'short');
    await assert.rejects(linkSecret(opened.database, folder.path, randomIds), /expected 32/);
  });
});
