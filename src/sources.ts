/**
 * The composition root of a worker process: opens the database for reading and turns each request into the report of
 * its path, from one snapshot. The exchange loads this module by its URL and knows nothing of what it answers.
 */
import { accountCreatedAt } from './accounts/account.ts';
import type { Principal } from './accounts/principal.ts';
import { ApiError, apiError, renderErrors } from './contract/errors.ts';
import { parseQuery } from './contract/query.ts';
import { type Zone, zoneOf } from './contract/zones.ts';
import type { Database, Snapshot } from './database/database.ts';
import { openDatabase } from './database/open.ts';
import {
  type Opened,
  RequestRefused,
  type Source,
  type SourceOpener,
  type SourceRequest,
  type Window,
} from './exchange/ports.ts';
import { API_PATH, ERRORS_PAGE } from './http/addresses.ts';
import { steadyClock, systemClock } from './platform/clock.ts';
import { accountKey } from './platform/ids.ts';
import { type Commit, lastCommit } from './warehouse/ledger/changes.ts';
import { reportAt } from './warehouse/reports/index.ts';
import type { ReportRight } from './warehouse/reports/report.ts';

/** What the serving process gives to its workers. Plain data: it crosses to another process. */
export interface SourcesConfig {
  readonly databaseUrl: string;
  /** IANA name of the zone in which dates are read. */
  readonly timeZone: string;
  /** How far users' time is ahead of the database's: a turned clock. Default 0. */
  readonly clockOffsetMs?: number;
}

/** How long the measured difference to the database's clock is believed. */
const CORRECTION_MS = 60_000;
/** Clocks of processes on one database may differ by so much and still count as the same. */
const SKEW_MS = 2_000;

const openSources: SourceOpener = async (config) => {
  const { databaseUrl, timeZone, clockOffsetMs = 0 } = sourcesConfig(config);
  const zone = zoneOf(timeZone);
  if (zone === undefined) throw new Error(`no time zone ${timeZone}`);
  const database = await openDatabase(databaseUrl, 'reader');
  const clock = databaseClock(database, clockOffsetMs);
  return {
    async open(request, window, signal, use) {
      const now = await clock();
      return database.snapshot(async (snapshot) => {
        const opened = await openAnswer(snapshot, request, window, zone, now).catch((error: unknown) => {
          throw error instanceof ApiError ? refusal(error, request) : error;
        });
        return use(opened);
      }, signal);
    },
    close: () => database.close(),
  } satisfies Source;
};
export default openSources;

async function openAnswer(
  snapshot: Snapshot,
  request: SourceRequest,
  window: Window | undefined,
  zone: Zone,
  clockMs: number,
): Promise<Opened> {
  const report = reportAt(request.path);
  if (report === undefined) throw apiError(1002, [request.path]);
  const principal = principalOf(request);
  if (!may(principal, report.right)) throw apiError(1016);
  const account = accountKey(request.account);
  const commit = await lastCommit(snapshot, account, await accountCreatedAt(snapshot, account));
  const opened = await report.open(snapshot, {
    account,
    base: request.base,
    url: request.url,
    query: parseQuery(request.query),
    window,
    zone,
    now: nowFor(commit, clockMs),
    commit,
  });
  return { ...opened, snapshot: commit };
}

/**
 * One reading of time for the whole report. A document of the present minute, committed by a process whose clock is
 * a little ahead, must not look like one of the future: a stamp within the clocks' skew counts as now.
 */
const nowFor = (commit: Commit, clockMs: number): number =>
  commit.moment > clockMs && commit.moment - clockMs <= SKEW_MS ? commit.moment : clockMs;

/** Employees' rights come with their roles; until then an administrator has all and nobody else has any. */
const may = (principal: Principal, _right: ReportRight): boolean => principal.administrator;

function refusal(error: ApiError, { base, language }: SourceRequest): RequestRefused {
  const site = base.endsWith(API_PATH) ? base.slice(0, -API_PATH.length) : base;
  return new RequestRefused(error.status, renderErrors(error, language, `${site}${ERRORS_PAGE}`).errors);
}

/**
 * Users' time as the database's processes agree on it: this process's clock, corrected to the database's, whose
 * difference is measured anew once a minute. (SQLite's is the machine's: the difference is nothing.)
 */
function databaseClock(database: Database, offsetMs: number): () => Promise<number> {
  const system = systemClock();
  const steady = steadyClock();
  let correctionMs = 0;
  let measuredAt = Number.NEGATIVE_INFINITY;
  const clock = systemClock(() => correctionMs + offsetMs);
  return async () => {
    if (steady.now() - measuredAt > CORRECTION_MS) {
      const before = system.now();
      const now = await database.now();
      correctionMs = now - (before + system.now()) / 2;
      measuredAt = steady.now();
    }
    return clock.now();
  };
}

function sourcesConfig(config: unknown): SourcesConfig {
  if (isRecord(config) && typeof config.databaseUrl === 'string' && typeof config.timeZone === 'string') {
    const { databaseUrl, timeZone, clockOffsetMs } = config;
    return { databaseUrl, timeZone, ...(typeof clockOffsetMs === 'number' && { clockOffsetMs }) };
  }
  throw new TypeError('the sources need a databaseUrl and a timeZone');
}

/** The exchange carries who asks without knowing what that is. */
function principalOf({ principal, account }: SourceRequest): Principal {
  if (!isPrincipal(principal) || principal.account !== account) {
    throw new TypeError('the request names nobody of its account');
  }
  return principal;
}

const isPrincipal = (value: unknown): value is Principal =>
  isRecord(value) && typeof value.account === 'number' && typeof value.administrator === 'boolean';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
