/** The composition root of the serving process: opens everything, wires the ports, gives start and stop. */
import { extname } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import { zoneOf } from './contract/zones.ts';
import type { Database } from './database/database.ts';
import { createExchange } from './exchange/index.ts';
import type { ExchangeLimits } from './exchange/limits.ts';
import { openResults } from './exchange/results/open.ts';
import { linkSecret } from './exchange/results/secret.ts';
import { createServer } from './http/server.ts';
import type { Announcements } from './platform/announcements.ts';
import { type Clock, steadyClock, systemClock } from './platform/clock.ts';
import type { DataFolder } from './platform/data-folder.ts';
import { type Ids, randomIds } from './platform/ids.ts';
import { type Service, together } from './platform/service.ts';
import type { Config } from './platform/settings.ts';
import { VERSION } from './platform/version.ts';
import type { SourcesConfig } from './sources.ts';
import { createEntities } from './warehouse/entities/entities.ts';
import { kinds } from './warehouse/kinds/index.ts';
import { ledgerRetention } from './warehouse/ledger/retention.ts';
import { reports } from './warehouse/reports/index.ts';
import { createWebhooks } from './webhooks/index.ts';

export interface AppOptions {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly database: Database;
  readonly announcements: Announcements;
  /** Tests give their own; a server runs by the system's, corrected to the database's. */
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly limits?: Partial<ExchangeLimits>;
  readonly webhookAttemptMs?: number;
}

export interface App extends Service {
  /** `http://HOST:PORT`, once started. */
  readonly origin: string;
}

/** How long requests may run on once the server stops: the process has 10 s to be gone, other rooms need some of it. */
const DRAIN_MS = 7_000;
/** How often the process's clocks are corrected to a shared database's. */
const CORRECT_EVERY_MS = 60_000;

/** Wires the serving process. Nothing runs before `start`. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, folder, database, announcements } = options;
  const ids = options.ids ?? randomIds;
  const clocks = await correctedClocks(database);
  const clock = options.clock ?? clocks.clock;
  const ports = { database, clock, ids, steady: clocks.steady, announce: announcements.announce };
  const zone = zoneOf(config.timeZone);
  if (zone === undefined) throw new Error(`no time zone ${config.timeZone}`);

  const results = await openResults(folder.resultsUrl);
  const webhooks = createWebhooks({
    ...ports,
    allow: config.webhookAllow,
    entityTypes: [...kinds.values()].filter((kind) => kind.hasRoute).map((kind) => kind.type),
    version: VERSION,
    ...(options.webhookAttemptMs !== undefined && { attemptMs: options.webhookAttemptMs }),
  });
  const exchange = createExchange(
    {
      ...ports,
      results,
      events: webhooks.events,
      resultsUrl: folder.resultsUrl,
      source: sourcesOf(folder, config),
      linkSecret: await linkSecret(database, folder.path, ids),
    },
    { ...queueLimits(config), ...options.limits },
  );
  const server = createServer({
    ...ports,
    ...reportPaths(),
    zone,
    exchange,
    subscriptions: webhooks.subscriptions,
    accounts: createAccounts(ports),
    entities: createEntities({ ...ports, events: webhooks.events }),
    isReady: async () => (await database.now()) > 0,
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    keepAliveMs: config.keepAliveSeconds * 1000,
    drainMs: DRAIN_MS,
  });
  // Stopped in reverse: first no new requests and no running tasks, then no pages, then no deliveries.
  const services = together(clocks.corrector, ledgerRetention(ports), webhooks.deliverer, exchange, {
    start: () => server.listen(config.host, config.port),
    // Together: a client that reads slowly must not keep tasks from those who would go on with them.
    stop: async () => void (await Promise.all([exchange.drain(), server.close()])),
  });
  return {
    get origin() {
      return server.origin;
    },
    start: () => services.start(),
    async stop() {
      await services.stop();
      await results.close();
    },
  };
}

/** The module that worker processes load, and what it is given. */
function sourcesOf(folder: DataFolder, config: Config): { module: string; config: SourcesConfig } {
  return {
    module: new URL(`./sources${extname(import.meta.url)}`, import.meta.url).href,
    config: { databaseUrl: folder.databaseUrl, timeZone: config.timeZone },
  };
}

const queueLimits = ({ workers, maxUnfinished, maxRunning }: Config) => ({
  workers,
  maxUnfinished,
  maxRunning,
});

function reportPaths(): { reports: readonly string[]; asynchronous: readonly string[] } {
  return {
    reports: reports.map((report) => report.path),
    asynchronous: reports.filter((report) => report.isAsynchronous).map((report) => report.path),
  };
}

/** Where several processes share a database, its time is everybody's: clocks follow it, checked once a minute. */
async function correctedClocks(database: Database) {
  let correctionMs = 0;
  const system = systemClock();
  const steady = steadyClock(await database.now());
  const correct = async (): Promise<void> => {
    const before = system.now();
    const now = await database.now();
    const after = system.now();
    correctionMs = database.engine === 'sqlite' ? 0 : now - (before + after) / 2;
    steady.reanchor(now);
  };
  await correct();
  let timer: NodeJS.Timeout | undefined;
  const corrector: Service = {
    async start() {
      // A database that does not answer is noticed by whoever needs it; the clocks keep what they know.
      timer = setInterval(() => void correct().catch(() => undefined), CORRECT_EVERY_MS).unref();
    },
    async stop() {
      clearInterval(timer);
    },
  };
  return { clock: systemClock(() => correctionMs), steady, corrector };
}
