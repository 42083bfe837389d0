/**
 * Results as files of one folder. A result is written under its own name from the start and is never renamed: it
 * counts when its task says so (mechanics: Results and links). Beside it, last, comes its index; what has none is not
 * complete.
 */
import { access, type FileHandle, mkdir, open, opendir, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { ResultStore, ResultWriter } from '../ports.ts';
import { errorCode, storeFailure } from './failures.ts';

/** What a name looks like: no way out of the folder, no hidden file, none that could be an index. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const INDEX = '.index';
/** Only the server's user reads what it keeps. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const READ_CHUNK_BYTES = 256 * 1024;

/** The store over a folder, which is made when the first result is. */
export function fileResults(folder: string): ResultStore {
  const pathOf = (name: string): string => join(folder, name);
  return {
    async create(name) {
      if (!NAME.test(name)) throw new TypeError(`a result cannot be named ${JSON.stringify(name)}`);
      return guarded('creating a result', async () => {
        await makeFolder(folder);
        const file = await open(pathOf(name), 'wx', FILE_MODE);
        return new FileWriter(file, folder, pathOf(name));
      });
    },
    async read(name, start, end) {
      if (start < 0 || end < start) throw new RangeError(`no bytes from ${start} to ${end}`);
      if (!NAME.test(name)) return undefined;
      return guarded('reading a result', () => openRange(pathOf(name), start, end));
    },
    async index(name) {
      if (!NAME.test(name)) return undefined;
      return guarded('reading an index', () => ifThere(readFile(pathOf(name) + INDEX)));
    },
    async delete(name) {
      if (!NAME.test(name)) return;
      await guarded('deleting a result', () => deleteFiles(pathOf(name)));
    },
    list: () => names(folder),
    async close() {},
  };
}

class FileWriter implements ResultWriter {
  readonly #file: FileHandle;
  readonly #folder: string;
  readonly #path: string;

  constructor(file: FileHandle, folder: string, path: string) {
    this.#file = file;
    this.#folder = folder;
    this.#path = path;
  }

  async write(piece: Uint8Array): Promise<void> {
    await guarded('writing a result', () => writeFully(this.#file, piece));
  }

  async finish(index: Uint8Array): Promise<void> {
    await guarded('finishing a result', async () => {
      await this.#file.sync();
      await this.#file.close();
      await using file = await open(this.#path + INDEX, 'wx', FILE_MODE);
      await writeFully(file, index);
      await file.sync();
      await syncFolder(this.#folder);
    });
  }

  async abort(): Promise<void> {
    await guarded('removing an unfinished result', async () => {
      await this.#file.close();
      await deleteFiles(this.#path);
    });
  }
}

/** A write may take only a part, above all when the disk fills up. */
async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

async function openRange(path: string, start: number, end: number): Promise<Readable | undefined> {
  if (!(await exists(path + INDEX))) return undefined;
  const file = await ifThere(open(path, 'r'));
  if (file === undefined) return undefined;
  if (end === start) {
    await file.close();
    return Readable.from([]);
  }
  // The stream owns the file: it closes it at its end and when it is destroyed, and a deleted file stays readable.
  return file.createReadStream({ start, end: end - 1, highWaterMark: READ_CHUNK_BYTES });
}

/** The index goes first: without it the rest counts no more, however far the deletion comes. */
async function deleteFiles(path: string): Promise<void> {
  await ifThere(unlink(path + INDEX));
  await ifThere(unlink(path));
}

async function* names(folder: string): AsyncGenerator<string> {
  const entries = await guarded('listing results', () => ifThere(opendir(folder)));
  if (entries === undefined) return;
  for await (const { name } of entries) {
    if (NAME.test(name)) yield name;
    else if (name.endsWith(INDEX) && NAME.test(name.slice(0, -INDEX.length))) {
      // An index whose result is gone (deleted while an orphan was finishing it) has to be swept too.
      const result = name.slice(0, -INDEX.length);
      if (!(await exists(join(folder, result)))) yield result;
    }
  }
}

/** Makes the folder, durably: every folder made is an entry of its parent. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle on a folder to sync; its file systems log the entry with the file.
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

async function exists(path: string): Promise<boolean> {
  return (await ifThere(access(path).then(() => true))) === true;
}

async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function guarded<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') throw new Error(`${doing}: the name was used before`, { cause });
    throw storeFailure(doing, cause);
  }
}
