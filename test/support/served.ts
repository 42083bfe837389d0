/** The product as real processes: one store, and `waybill` commands on it that are started, killed, started again. */
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { Engine } from './engines.ts';
import { HttpClient } from './http.ts';
import { isRunning } from './leftovers.ts';
import { type Ended, Program, within } from './program.ts';

/** What clients call the server, whatever its port is: answers are the same bytes after a restart. */
const HOST = 'waybill.test';
export const BASE = `http://${HOST}/api/remap/1.2`;
/** How often a client asks for a task's state. */
const POLL_MS = 100;

/** A task as the API shows it. */
export interface ShownTask {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly progress: { readonly rows: number; readonly total?: number; readonly percent: number };
  readonly result?: {
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
    readonly snapshot: { readonly sequence: number };
  };
  readonly [field: string]: unknown;
}

/** What `first-run.json` holds; `account create --json` prints the same without the address. */
export interface Credentials {
  readonly url?: string;
  readonly accountId: string;
  readonly login: string;
  readonly password: string;
  readonly token: string;
}

/** A `waybill serve` that is ready. */
export interface Served extends AsyncDisposable {
  readonly program: Program;
  readonly origin: string;
  /** Sends the token and the host name of `BASE`; closed with the server. */
  client(token: string): HttpClient;
  /** An address that the server gave out, at its real origin. */
  at(link: string): string;
  /** The pid of the newest worker process of a duty, once it is ready. */
  worker(duty: 'exports' | 'pages'): Promise<number>;
  /** The pids of all worker processes that it ever had. */
  workers(): number[];
}

export interface RunOptions {
  /** Given to its standard input. */
  readonly input?: string;
  /** Beside the environment that names the store. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServeOptions {
  readonly flags?: readonly string[];
  /** Another data folder than the site's. */
  readonly data?: string;
}

/** A store that processes share: a data folder, and on PostgreSQL a database. */
export interface Site extends AsyncDisposable {
  readonly engine: Engine['name'];
  /** The data folder: not there before the first command. */
  readonly data: string;
  readonly results: string;
  readonly databaseUrl: string;
  /** A guest beside the processes. */
  database(): Promise<Database>;
  /** Starts a command. */
  start(argv: readonly string[], options?: RunOptions): Program;
  /** Runs a command to its end. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts `waybill serve` on a free port and waits for its ready line. */
  serve(options?: ServeOptions): Promise<Served>;
  /** What `first-run.json` says. */
  firstRun(): Credentials;
  /** When this file of the data folder is there. */
  wrote(name: string): Promise<void>;
  /** What the 15 s of a lease bring: attempts of dead processes may be taken over at once. */
  lapseLeases(): Promise<void>;
}

/** An empty store on an engine. */
export async function openSite(engine: Engine): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-site-'));
  const data = join(folder, 'data');
  const opened = engine.name === 'postgres' ? await engine.open() : undefined;
  const databaseUrl = opened?.url ?? join(data, 'waybill.db');
  const env = environment(data, opened?.url);
  const programs: Program[] = [];
  let embedded: Promise<Database> | undefined;
  const site: Site = {
    engine: engine.name,
    data,
    results: join(data, 'results'),
    databaseUrl,
    database() {
      if (opened !== undefined) return Promise.resolve(opened.database);
      embedded ??= openDatabase(databaseUrl, 'guest');
      return embedded;
    },
    start(argv, options = {}) {
      const program = new Program(argv, { ...options, env: { ...env, ...options.env }, folder });
      programs.push(program);
      return program;
    },
    run: (argv, options) => within(site.start(argv, options).ended, `waybill ${argv.join(' ')}`),
    serve({ flags = [], data: other = data } = {}) {
      const usual = ['--port', '0', '--data', other, '--log-level', 'debug'];
      return ready(site.start(['serve', ...usual, ...flags]));
    },
    firstRun: () => JSON.parse(readFileSync(join(data, 'first-run.json'), 'utf8')) as Credentials,
    async wrote(name) {
      await mkdir(data, { recursive: true, mode: 0o700 });
      const watcher = watch(data);
      try {
        while (!existsSync(join(data, name))) await within(once(watcher, 'change'), name);
      } finally {
        watcher.close();
      }
    },
    async lapseLeases() {
      const database = await site.database();
      await database.write((tx) => tx.run(`update task set lease_until = 0 where state = 'PROCESSING'`));
    },
    async [Symbol.asyncDispose]() {
      for (const program of programs) program.kill('SIGKILL');
      await Promise.all(programs.map(({ ended }) => ended));
      // A worker that a test has stopped does not see that its parent is gone.
      for (const pid of programs.flatMap(workersOf).filter(isRunning)) process.kill(pid, 'SIGCONT');
      await (await embedded)?.close();
      await opened?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return site;
}

/** Ours without settings of the product: what a developer has set must not steer a test. */
function environment(data: string, databaseUrl: string | undefined): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => name === 'DATABASE_URL' || (name.startsWith('WAYBILL_') && !name.startsWith('WAYBILL_TEST_')),
  );
  const without = Object.fromEntries(own.map(([name]) => [name, undefined]));
  return { ...process.env, ...without, WAYBILL_DATA: data, DATABASE_URL: databaseUrl };
}

async function ready(program: Program): Promise<Served> {
  const line = JSON.parse(await program.firstLine()) as { event: string; url: string; pid: number };
  if (line.event !== 'listening' || line.pid !== program.pid) {
    throw new Error(`not a ready line of ${program.pid}: ${JSON.stringify(line)}`);
  }
  const { origin } = new URL(line.url);
  const clients: HttpClient[] = [];
  const close = (): void => {
    for (const client of clients) client[Symbol.dispose]();
  };
  return {
    program,
    origin,
    client(token) {
      const client = new HttpClient(line.url, { Authorization: `Bearer ${token}`, Host: HOST });
      clients.push(client);
      return client;
    },
    at: (link) => link.replace(`http://${HOST}`, origin),
    async worker(duty) {
      const gone = program.all('worker.exited', { duty }).length;
      const { pid } = await program.saw('worker.started', { duty }, gone + 1);
      return Number(pid);
    },
    workers: () => workersOf(program),
    async [Symbol.asyncDispose]() {
      close();
      await program.end('SIGKILL');
    },
  };
}

const workersOf = (program: Program): number[] => program.all('worker.started').map(({ pid }) => Number(pid));

/** Asks for a task as a client does, until it is in a final state. */
export async function untilFinal(client: HttpClient, id: string): Promise<ShownTask> {
  const ask = async (): Promise<ShownTask> => {
    for (;;) {
      const task = (await client.get(`/async/${id}`)).json<ShownTask>();
      if (task.state !== 'PENDING' && task.state !== 'PROCESSING') return task;
      await pause(POLL_MS);
    }
  };
  return within(ask(), `a final state of ${id}`);
}

/** The id of a task that a creation has answered with. */
export function idOf(created: {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}): string {
  const status = String(created.headers['content-location']);
  if (created.status !== 202) throw new Error(`the creation answered ${created.status}`);
  return status.slice(status.lastIndexOf('/') + 1);
}
