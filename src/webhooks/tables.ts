/**
 * The webhooks' tables. Moments named `…_at` are the Clock's (what users see); `lease_until` and `served` are the
 * Steady's (what machines run by).
 */
import type { RoomMigrations } from '../database/migrate.ts';
import type { Action, DiffType } from './subscription.ts';

/** A subscription, and the lane in which its deliveries stand: one at a time, in the order of their numbers. */
export interface WebhookTable {
  account: number;
  /** UUID. */
  id: string;
  /** UUID of the account, as calls and answers name it. */
  account_id: string;
  entity_type: string;
  action: Action;
  url: string;
  enabled: number;
  diff_type: DiffType;
  /** UUID of the application that made it; null when a user did: each has a limit of its own. */
  author_application: string | null;
  created_at: number;
  /** Number of the newest delivery. Taken under this row's lock, so none commits behind a later one. */
  recorded: number;
  /** Number of the delivery that was settled last: what is PENDING lies above it. */
  settled: number;
  /** Deliveries that are PENDING. */
  pending: number;
  /** 1 when the last delivery failed: such lanes have their own share of the places. */
  failing: number;
  /** Grows with each claim of the lane and fences the writes of a deliverer that lost it. */
  claim: number;
  lease_until: number;
  /** When the lane was last claimed; the least recent goes first. */
  served: number;
}

/**
 * - PENDING: to be called, perhaps after attempts that failed
 * - DELIVERED: answered 200 or 204
 * - DROPPED: every attempt failed
 * - SKIPPED: never called; `reason` says why
 * - REFUSED: the address guard forbade the call
 */
export type DeliveryState = 'PENDING' | 'DELIVERED' | 'DROPPED' | 'SKIPPED' | 'REFUSED';

/** One call to one subscriber: outbox while it is PENDING, log afterwards. */
export interface WebhookDeliveryTable {
  account: number;
  webhook: string;
  number: number;
  /** UUID: the `requestId` of each attempt. */
  id: string;
  state: DeliveryState;
  /** Why it is SKIPPED. */
  reason: string | null;
  /** JSON text: the array `events` as it is sent. */
  events: string;
  /** JSON text: `auditContext` as it is sent; null where there is none (asynchronous tasks). */
  audit: string | null;
  created_at: number;
  /** Attempts that it may still take. */
  attempts_left: number;
  /** JSON text: an array of `LoggedAttempt`. */
  attempts: string;
}

export const webhooksMigrations: RoomMigrations = {
  room: 'webhooks',
  migrations: [
    {
      name: '0001-webhooks',
      statements: [
        `create table webhook (account {int} not null, id {text} not null, account_id {text} not null,
          entity_type {text} not null, action {text} not null, url {text} not null, enabled {int} not null,
          diff_type {text} not null, author_application {text}, created_at {int} not null,
          recorded {int} not null, settled {int} not null, pending {int} not null, failing {int} not null,
          claim {int} not null, lease_until {int} not null, served {int} not null,
          primary key (account, id))`,
        // Who is told of an event: asked in every transaction that has events.
        `create unique index webhook_event on webhook (account, entity_type, action, url)`,
        // Lanes with something to deliver, over all accounts.
        `create index webhook_due on webhook (account, id) where pending > 0`,
        `create table webhook_delivery (account {int} not null, webhook {text} not null, number {int} not null,
          id {text} not null, state {text} not null, reason {text}, events {text} not null, audit {text},
          created_at {int} not null, attempts_left {int} not null, attempts {text} not null,
          primary key (account, webhook, number))`,
        // By its id, for replays.
        `create unique index webhook_delivery_id on webhook_delivery (account, id)`,
      ],
    },
  ],
};
