/** The exchange: tasks and files out of any slow source of rows. The face that `http/` and `app.ts` see. */
import type { Readable } from 'node:stream';
import type { Database, Writing } from '../database/database.ts';
import type { Announce } from '../platform/announcements.ts';
import type { Clock, Steady } from '../platform/clock.ts';
import type { Events } from '../platform/events.ts';
import type { AccountKey, Ids, TaskId } from '../platform/ids.ts';
import type { Service } from '../platform/service.ts';
import { DEFAULT_LIMITS, type ExchangeLimits } from './limits.ts';
import { Pages } from './pages.ts';
import { Pool } from './pool.ts';
import type { ResultStore, SourceRequest, Window } from './ports.ts';
import { followLink, makeLink } from './result-links.ts';
import { Retention, type Swept } from './retention.ts';
import { Runner } from './runner.ts';
import type { Owner, Task } from './task.ts';
import { CANCELLED_CHANNEL, TASKS_CHANNEL } from './tasks/moves.ts';
import { sqlTaskStore } from './tasks/sql-store.ts';
import { taskVerbs } from './verbs.ts';

export interface Creation {
  readonly account: AccountKey;
  readonly owner: Owner;
  readonly request: SourceRequest;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly task: Task }
  /** The account's queue is full. `retryAfterMs` is a guess at when a place may be free. */
  | { readonly kind: 'full'; readonly retryAfterMs: number }
  /** The task could not be stored. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export type PageOutcome =
  /** The whole body, encoded. */
  | { readonly kind: 'page'; readonly body: Uint8Array }
  | { readonly kind: 'refused'; readonly status: number; readonly errors: readonly object[] }
  /** The queue of pages is full or the time limit passed. */
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  | { readonly kind: 'failed'; readonly cause: unknown };

export type ResultOutcome =
  /** `link` begins with the link base given by the caller; expires at `expiresAt` (ms of the Clock). */
  | { readonly kind: 'link'; readonly link: string; readonly expiresAt: number }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'refused'; readonly status: number; readonly errors: readonly object[] }
  | { readonly kind: 'failed' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unready'; readonly retryAfterMs: number }
  | { readonly kind: 'unknown' };

export type CancelOutcome =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'unknown' };

/** A condition on tasks; several on one field and across fields as in the query language (`database/conditions.ts`). */
export interface TaskCondition {
  readonly field: 'state' | 'request' | 'deletionDate';
  readonly operator: '=' | '!=' | '<' | '>' | '<=' | '>=';
  /** A state, a URL, a moment in ms; null for an empty value. */
  readonly value: string | number | null;
  /** With `=` and `!=` the value stands for all from `value` up to, not including, this: a whole second. */
  readonly until?: number;
}

export interface TaskQuery {
  readonly conditions: readonly TaskCondition[];
  readonly order: readonly {
    readonly field: 'created' | 'deletionDate' | 'request';
    readonly descending: boolean;
  }[];
  readonly limit: number;
  readonly offset: number;
}

/** What a download answers with; `body` is absent for HEAD, 304, 401 and 416. */
export interface Download {
  readonly status: 200 | 206 | 304 | 401 | 404 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readable;
}

export interface DownloadRequest {
  readonly method: 'GET' | 'HEAD';
  /** Path of the link as sent, without query, and its query parameters as sent (without `?`). */
  readonly path: string;
  readonly query: string;
  /** Lower-case names: accept-encoding, range, if-range, if-none-match. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Exchange extends Service {
  /** A synchronous answer: a window of the same rows, built in the pages' own process. */
  page(request: SourceRequest, window: Window, signal: AbortSignal): Promise<PageOutcome>;
  create(creation: Creation): Promise<CreateOutcome>;
  /** Undefined for a foreign id as for one that never was. */
  find(account: AccountKey, id: TaskId): Promise<Task | undefined>;
  list(account: AccountKey, query: TaskQuery): Promise<{ tasks: readonly Task[]; size: number }>;
  /** `linkBase` is the origin (with a public prefix, if any) under which results are served. */
  result(account: AccountKey, id: TaskId, linkBase: string): Promise<ResultOutcome>;
  /** `base` for the events' hrefs. */
  cancel(account: AccountKey, id: TaskId): Promise<CancelOutcome>;
  download(request: DownloadRequest): Promise<Download>;
}

export interface ExchangePorts {
  readonly database: Database;
  readonly results: ResultStore;
  /** Where worker processes open the same result store. */
  readonly resultsUrl: string;
  /** URL of the module whose default export is a `SourceOpener`, and what it is given: plain data. */
  readonly source: { readonly module: string; readonly config: unknown };
  readonly events: Events<Writing>;
  readonly clock: Clock;
  readonly steady: Steady;
  readonly ids: Ids;
  readonly announce: Announce;
  /** Signs links to results: see `results/secret.ts`. */
  readonly linkSecret: Uint8Array;
}

/** The exchange of one process, and the handle on its sweep. */
export interface RunningExchange extends Exchange {
  /** The first half of `stop`: claims no more and gives running tasks back; pages and downloads go on. */
  drain(): Promise<void>;
  /** Removes what has lived its time now, instead of within `sweepMs`. */
  sweep(): Promise<Swept>;
}

/** The exchange in this process. Limits that are not given are `DEFAULT_LIMITS`. */
export function createExchange(
  ports: ExchangePorts,
  given: Pick<ExchangeLimits, 'workers'> & Partial<ExchangeLimits>,
): RunningExchange {
  const { announce, database, results } = ports;
  const limits: ExchangeLimits = { ...DEFAULT_LIMITS, ...given };
  const context = { ...ports, limits };
  const store = sqlTaskStore(context);
  const retention = new Retention({ context, results, announce, sweepMs: limits.sweepMs });
  const setup = { ...ports.source, results: ports.resultsUrl };
  const pages = new Pages({ setup: { ...setup, duty: 'pages' }, limits, announce }, limits);
  const runner = new Runner({
    ...context,
    store,
    discard: (name) => retention.discard(name),
    listen: ({ claimable, cancelled }) => {
      const ends = [database.listen(TASKS_CHANNEL, claimable), database.listen(CANCELLED_CHANNEL, cancelled)];
      return () => {
        for (const end of ends) end();
      };
    },
    openPool: (onFree) =>
      new Pool({ size: limits.workers, setup: { ...setup, duty: 'exports' }, limits, announce, onFree }),
  });
  const links = { ...ports, context };
  return {
    ...taskVerbs({ store, announce, link: (task, linkBase) => makeLink(links, task, linkBase) }),
    page: (request, window, signal) => pages.page(request, window, signal),
    download: (request) => followLink(links, request),
    drain: () => runner.stop(),
    sweep: () => retention.sweep(),
    async start() {
      pages.start();
      if (limits.workers > 0) await runner.start();
      await retention.start();
    },
    async stop() {
      await Promise.all([runner.stop(), pages.stop()]);
      await retention.stop();
    },
  };
}
