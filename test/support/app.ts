/** The whole product in this process, on an engine: every room real, its worker processes too. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccounts } from '../../src/accounts/accounts.ts';
import type { Principal } from '../../src/accounts/principal.ts';
import { type AppOptions, createApp } from '../../src/app.ts';
import type { Database } from '../../src/database/database.ts';
import { type Announcement, Announcements } from '../../src/platform/announcements.ts';
import { steadyClock, systemClock } from '../../src/platform/clock.ts';
import { readConfig } from '../../src/platform/config.ts';
import { openDataFolder } from '../../src/platform/data-folder.ts';
import { randomIds } from '../../src/platform/ids.ts';
import type { Config } from '../../src/platform/settings.ts';
import { ROOMS } from '../../src/store.ts';
import { seedAccount } from '../../src/warehouse/new-account.ts';
import type { Engine } from './engines.ts';
import { HttpClient } from './http.ts';

export interface Member {
  readonly principal: Principal;
  /** Sends the token with every request; targets are below the base. */
  readonly client: HttpClient;
  readonly token: string;
}

export interface TestApp extends AsyncDisposable {
  readonly origin: string;
  readonly base: string;
  readonly database: Database;
  readonly databaseUrl: string;
  /** The data folder. */
  readonly folder: string;
  readonly announcements: Announcements;
  /** A new account with its administrator. */
  member(login?: string): Promise<Member>;
  /** The first announcement from now on that `matches`. */
  announced(name: string, matches?: (fields: Announcement['fields']) => boolean): Promise<Announcement>;
  /** Creates a task and waits until it is finished; the task as the API shows it. */
  finished(member: Member, target: string): Promise<FinishedTask>;
  /** Rows and meta of an asynchronous report. */
  report(member: Member, target: string): Promise<Report>;
}

export interface FinishedTask {
  readonly id: string;
  readonly state: string;
  readonly resultUrl?: string;
  readonly [field: string]: unknown;
}

export interface Report {
  readonly text: string;
  readonly meta: { readonly size: number; readonly href: string };
  readonly rows: readonly unknown[];
}

export interface TestAppOptions extends Omit<Partial<AppOptions>, 'config' | 'folder' | 'database'> {
  readonly config?: Partial<Config>;
}

/** Starts the product on a fresh database of `engine`, on a free port. */
export async function startApp(engine: Engine, options: TestAppOptions = {}): Promise<TestApp> {
  const opened = await engine.open(ROOMS);
  const data = await mkdtemp(join(tmpdir(), 'waybill-app-'));
  const announcements = options.announcements ?? new Announcements();
  const { config } = readConfig({}, {}, {});
  const folder = openDataFolder(data, opened.url);
  const database = opened.database;
  const app = await createApp({
    ...options,
    announcements,
    database,
    folder,
    config: { ...config, port: 0, workers: 1, ...options.config },
  });
  await app.start();
  const base = `${app.origin}/api/remap/1.2`;
  const clients: HttpClient[] = [];
  const clock = options.clock ?? systemClock();
  const accounts = createAccounts({ database, clock, steady: steadyClock(), ids: randomIds });

  const announced: TestApp['announced'] = (name, matches = () => true) =>
    new Promise((resolve) => {
      const end = announcements.subscribe((announcement) => {
        if (announcement.name !== name || !matches(announcement.fields)) return;
        end();
        resolve(announcement);
      });
    });

  return {
    origin: app.origin,
    base,
    database,
    databaseUrl: opened.url,
    folder: data,
    announcements,
    announced,
    async member(login = `${randomIds.uuid()}@test`) {
      const outcome = await accounts.create({
        name: login,
        login,
        password: 'secret',
        seed: (tx, account) => seedAccount(tx, account, { ids: randomIds, now: clock.now(), login }),
      });
      if (outcome.kind !== 'created') throw new Error(`the login ${login} is taken`);
      const principal = outcome.administrator;
      const token = await accounts.issueToken(principal);
      const client = new HttpClient(base, { Authorization: `Bearer ${token}` });
      clients.push(client);
      return { principal, token, client };
    },
    finished: (member, target) => finish(announcements, member, target),
    async report(member, target) {
      const task = await finish(announcements, member, target);
      if (task.state !== 'DONE') throw new Error(`the task ended ${task.state}: ${JSON.stringify(task)}`);
      const redirect = await member.client.get(`/async/${task.id}/result`);
      const { text } = await member.client.get(String(redirect.headers.location));
      return { text, ...(JSON.parse(text) as Omit<Report, 'text'>) };
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client[Symbol.dispose]();
      await app.stop();
      await opened[Symbol.asyncDispose]();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Waits by the announcement of the end; those that came before the answer to the creation are kept. */
async function finish(announcements: Announcements, member: Member, target: string): Promise<FinishedTask> {
  const ended = new Set<unknown>();
  let check = (): void => undefined;
  const stop = announcements.subscribe(({ name, fields }) => {
    if (name !== 'task.finished') return;
    ended.add(fields.task);
    check();
  });
  try {
    const created = await member.client.get(target);
    const status = String(created.headers['content-location']);
    if (created.status !== 202) throw new Error(`creation answered ${created.status}: ${created.text}`);
    const id = status.slice(status.lastIndexOf('/') + 1);
    await new Promise<void>((resolve) => {
      check = () => {
        if (ended.has(id)) resolve();
      };
      check();
    });
    return (await member.client.get(status)).json<FinishedTask>();
  } finally {
    stop();
  }
}
