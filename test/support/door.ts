/**
 * The HTTP door over real rooms: accounts, the exchange with the toy source, webhooks, kinds, on an engine. Reports are
 * the toy's, so that tests decide how long they take and how they end.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts';
import type { Principal } from '../../src/accounts/principal.ts';
import { zoneOf } from '../../src/contract/zones.ts';
import { createExchange } from '../../src/exchange/index.ts';
import type { ExchangeLimits } from '../../src/exchange/limits.ts';
import { openResults } from '../../src/exchange/results/open.ts';
import type { ServerOptions } from '../../src/http/options.ts';
import { createServer } from '../../src/http/server.ts';
import { Announcements } from '../../src/platform/announcements.ts';
import { steadyClock } from '../../src/platform/clock.ts';
import { randomIds } from '../../src/platform/ids.ts';
import { together } from '../../src/platform/service.ts';
import { ROOMS } from '../../src/store.ts';
import { createEntities } from '../../src/warehouse/entities/entities.ts';
import { seedAccount } from '../../src/warehouse/new-account.ts';
import { createWebhooks } from '../../src/webhooks/index.ts';
import type { Engine, TestDatabase } from './engines.ts';
import { HttpClient } from './http.ts';
import { ToyControl } from './toy-control.ts';
import { toySourceModule } from './toy-source.ts';
import { TurnedClock } from './turned-clock.ts';
import { Witness } from './witness.ts';

export interface Caller {
  readonly principal: Principal;
  readonly login: string;
  readonly password: string;
  readonly token: string;
  /** Sends the token with every request. */
  readonly client: HttpClient;
}

export interface Door extends AsyncDisposable {
  /** `http://HOST:PORT` */
  readonly origin: string;
  readonly base: string;
  readonly accounts: Accounts;
  readonly clock: TurnedClock;
  readonly control: ToyControl;
  readonly opened: TestDatabase;
  readonly witness: Witness;
  /** Without credentials. */
  readonly anonymous: HttpClient;
  /** An account of its own with its administrator. */
  caller(login?: string, password?: string): Promise<Caller>;
  /** Ends the server as a signal would. */
  stop(): Promise<void>;
}

export interface DoorOptions {
  readonly limits?: Partial<ExchangeLimits>;
  readonly server?: Partial<ServerOptions>;
  readonly zone?: string;
}

const API_PATH = '/api/remap/1.2';
const LIMITS = { workers: 1, lookUpMs: 50, pauseMs: 20, sweepMs: 3_600_000, maxFailures: 1 };
/** What a password costs is no part of these tests. */
const CHEAP = { N: 16, r: 1, p: 1 };

export async function openDoor(engine: Engine, options: DoorOptions = {}): Promise<Door> {
  const opened = await engine.open(ROOMS);
  const folder = await mkdtemp(join(tmpdir(), 'waybill-door-'));
  const control = await ToyControl.open();
  const announcements = new Announcements();
  const witness = new Witness(announcements);
  const clock = new TurnedClock();
  const zone = zoneOf(options.zone ?? 'UTC');
  if (zone === undefined) throw new Error(`no zone ${options.zone}`);
  const shared = { database: opened.database, clock, steady: steadyClock(), ids: randomIds };
  const { announce } = announcements;
  const webhooks = createWebhooks({
    ...shared,
    announce,
    allow: ['127.0.0.1'],
    entityTypes: ['product', 'store'],
    version: '0.0.0',
  });
  const results = await openResults(folder);
  const exchange = createExchange(
    {
      ...shared,
      results,
      resultsUrl: folder,
      source: { module: toySourceModule, config: { controlPort: control.port } },
      events: webhooks.events,
      announce,
      linkSecret: Buffer.alloc(32, 7),
    },
    { ...LIMITS, ...options.limits },
  );
  const accounts = createAccounts({ ...shared, passwordCost: CHEAP });
  const server = createServer({
    accounts,
    entities: createEntities({ ...shared, events: webhooks.events }),
    exchange,
    subscriptions: webhooks.subscriptions,
    reports: ['report/stock/bystore', 'report/stock/byoperation'],
    asynchronous: ['report/stock/bystore'],
    isReady: async () => true,
    ids: randomIds,
    announce,
    zone,
    publicUrl: undefined,
    trustProxy: [],
    keepAliveMs: 65_000,
    drainMs: 7_000,
    ...options.server,
  });
  const services = together(webhooks.deliverer, exchange, {
    start: () => server.listen('127.0.0.1', 0),
    stop: () => server.close(),
  });
  await services.start();
  const { origin } = server;
  const clients: HttpClient[] = [];
  const clientWith = (headers: Readonly<Record<string, string>>): HttpClient => {
    const client = new HttpClient(origin + API_PATH, headers);
    clients.push(client);
    return client;
  };
  return {
    origin,
    base: `${origin}${API_PATH}`,
    accounts,
    clock,
    control,
    opened,
    witness,
    anonymous: clientWith({}),
    async caller(login = `${randomUUID()}@demo`, password = 'right') {
      const seed = { ids: randomIds, now: clock.now(), login };
      const outcome = await accounts.create({
        name: login,
        login,
        password,
        seed: (tx, account) => seedAccount(tx, account, seed),
      });
      if (outcome.kind !== 'created') throw new Error(`${login} is taken`);
      const token = await accounts.issueToken(outcome.administrator);
      const client = clientWith({ Authorization: `Bearer ${token}` });
      return { principal: outcome.administrator, login, password, token, client };
    },
    stop: () => services.stop(),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client[Symbol.dispose]();
      await services.stop();
      await control[Symbol.asyncDispose]();
      await results.close();
      await opened[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
