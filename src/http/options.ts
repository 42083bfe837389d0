/** What the HTTP room is given: the rooms that it speaks for, and how it is reached. */
import type { Accounts } from '../accounts/accounts.ts';
import type { Zone } from '../contract/zones.ts';
import type { Exchange } from '../exchange/index.ts';
import type { Announce } from '../platform/announcements.ts';
import type { Ids } from '../platform/ids.ts';
import type { Entities } from '../warehouse/entities/entities.ts';
import type { Subscriptions } from '../webhooks/index.ts';

export interface ServerOptions {
  readonly accounts: Accounts;
  readonly entities: Entities;
  readonly exchange: Exchange;
  readonly subscriptions: Subscriptions;
  /** Paths below the base that are reports, answered by `exchange.page`: `report/stock/bystore`. */
  readonly reports: readonly string[];
  /** Paths below the base, reports or lists, whose GET may be asynchronous. */
  readonly asynchronous: readonly string[];
  /** Whether requests can be answered now: the database answers. */
  readonly isReady: () => Promise<boolean>;
  readonly ids: Ids;
  readonly announce: Announce;
  /** In which dates are read and written. */
  readonly zone: Zone;
  /** Under which clients reach the server, no slash at the end; undefined: what the request says. */
  readonly publicUrl: string | undefined;
  /** Addresses of proxies whose `X-Forwarded-*` are believed. */
  readonly trustProxy: readonly string[];
  /** How long an idle connection stays open. */
  readonly keepAliveMs: number;
  /** How long running requests may take when the server stops: then their connections are cut. */
  readonly drainMs: number;
}
