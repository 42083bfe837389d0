import { link, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../database/database.ts';
import type { Ids } from '../../platform/ids.ts';
import type { ExchangeTables } from '../tasks/tables.ts';

const SECRET_BYTES = 32;
const SECRET_FILE = 'secret';
const SECRET_NAME = 'link';

/**
 * The secret that signs links to results, made when there is none yet: a file beside the embedded database, a row of a
 * shared one, since every node must open every link. Of several processes that start at once all get the same.
 */
export async function linkSecret(database: Database, folder: string, ids: Ids): Promise<Buffer> {
  const secret =
    database.engine === 'sqlite' ? await secretOfFile(folder, ids) : await secretOfRow(database, ids);
  const bytes = Buffer.from(secret.trim(), 'base64url');
  if (bytes.length !== SECRET_BYTES) {
    throw new Error(
      `the secret of result links has ${bytes.length} bytes, expected ${SECRET_BYTES}: was it edited?`,
    );
  }
  return bytes;
}

async function secretOfFile(folder: string, ids: Ids): Promise<string> {
  const path = join(folder, SECRET_FILE);
  const known = await read(path);
  if (known !== undefined) return known;
  // Written apart and linked when it is whole: nobody ever reads half a secret, and the first link wins.
  const draft = `${path}-${ids.uuid()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${newSecret(ids)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return readFile(path, 'utf8');
}

async function secretOfRow(database: Database, ids: Ids): Promise<string> {
  const known = await readRow(database);
  if (known !== undefined) return known;
  await database.write((tx) =>
    tx.run('insert into secret (name, value) values ($1, $2) on conflict (name) do nothing', [
      SECRET_NAME,
      newSecret(ids),
    ]),
  );
  const made = await readRow(database);
  if (made === undefined) throw new Error('the secret of result links could not be stored');
  return made;
}

async function readRow(database: Database): Promise<string | undefined> {
  const row = await database.read((queries) =>
    queries
      .tables<ExchangeTables>()
      .selectFrom('secret')
      .select('value')
      .where('name', '=', SECRET_NAME)
      .executeTakeFirst(),
  );
  return row?.value;
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const newSecret = (ids: Ids): string => ids.secret(SECRET_BYTES).toString('base64url');

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
