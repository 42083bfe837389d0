/** Webhooks: who is told of what happens, and the telling. The face that `http/` and `app.ts` see. */
import type { Database, Writing } from '../database/database.ts';
import type { Announce } from '../platform/announcements.ts';
import type { Clock, Steady } from '../platform/clock.ts';
import type { Events } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import type { Service } from '../platform/service.ts';
import { type AllowedHost, addressGuard, parseAllowedHost, type Resolve } from './address-guard.ts';
import { ATTEMPT_MS, attemptCall } from './attempt.ts';
import { createDeliverer } from './deliverer.ts';
import { webhookEvents } from './outbox.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

export type { Body, WebhookObject } from './subscription.ts';
export type { Manager, Subscriptions } from './subscriptions.ts';
export { webhooksMigrations } from './tables.ts';

export interface WebhooksOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly steady: Steady;
  readonly ids: Ids;
  readonly announce: Announce;
  /** The setting `--webhook-allow`: each `HOST[:PORT]`. */
  readonly allow: readonly string[];
  /** The types of the API's objects. */
  readonly entityTypes: readonly string[];
  /** The product's version, for the User-Agent of the calls. */
  readonly version: string;
  /** How names that are not allowed by the setting are looked up; default DNS. */
  readonly resolvePublic?: Resolve;
  /** How long a subscriber has to answer; default the contract's 1500 ms. */
  readonly attemptMs?: number;
}

export interface Webhooks {
  /** What both halves record their events through. */
  readonly events: Events<Writing>;
  /** The verbs of `entity/webhook`. */
  readonly subscriptions: Subscriptions;
  /** Delivers, once started. */
  readonly deliverer: Service;
}

/** Wires the room. Its migrations are `webhooksMigrations`. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { database, clock, steady, ids, announce, allow, entityTypes, version, resolvePublic } = options;
  const guard = addressGuard({ allow: allow.map(allowedHost), ...(resolvePublic && { resolvePublic }) });
  const types = new Set(entityTypes);
  const terms = { guard, userAgent: `Waybill/${version}`, timeoutMs: options.attemptMs ?? ATTEMPT_MS };
  return {
    events: webhookEvents({ ids, clock }),
    subscriptions: createSubscriptions({
      database,
      clock,
      ids,
      guard,
      isEntityType: (type) => types.has(type),
    }),
    deliverer: createDeliverer({
      database,
      clock,
      steady,
      announce,
      attempt: (call) => attemptCall(call, terms),
    }),
  };
}

function allowedHost(text: string): AllowedHost {
  const host = parseAllowedHost(text);
  if (host === undefined) throw new Error(`'${text}' is not HOST or HOST:PORT (--webhook-allow)`);
  return host;
}
