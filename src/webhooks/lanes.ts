/**
 * The lanes in SQL. A lane is a webhook's row with what waits behind it; one deliverer at a time holds it, by a claim
 * number and a lease, in whatever process. Every write names the claim: who lost the lane changes nothing. The row's
 * lock is taken first in each transaction, as the outbox does.
 */
import type { Writing } from '../database/database.ts';
import type { LoggedAttempt } from './delivery.ts';
import type { DeliveryState, WebhookDeliveryTable, WebhookTable } from './tables.ts';

/** A lane that this process holds. */
export interface Lane {
  readonly account: number;
  /** UUID of the webhook. */
  readonly webhook: string;
  /** The fencing number. */
  readonly claim: number;
  /** Whether the last delivery failed, as of the claim. */
  readonly isFailing: boolean;
}

/** A delivery that is to be attempted now. */
export interface DueDelivery {
  readonly number: number;
  readonly requestId: string;
  readonly url: string;
  /** JSON: the body of the call. */
  readonly body: string;
  readonly attemptsLeft: number;
  readonly attempts: readonly LoggedAttempt[];
}

/** What a lane has next. */
export type Next =
  | { readonly kind: 'due'; readonly delivery: DueDelivery }
  /** Nothing waits, or the webhook is disabled and `skipped` deliveries were logged as such: given back. */
  | { readonly kind: 'empty'; readonly skipped: number }
  /** Deleted, or held by another process. */
  | { readonly kind: 'lost' };

export interface ClaimTerms {
  /** Of the Steady. */
  readonly now: number;
  readonly leaseUntil: number;
  readonly places: number;
  /** How many of the places may go to lanes that are failing. */
  readonly failingPlaces: number;
  /** Ids of the webhooks that this process serves already, lease or no lease. */
  readonly held: ReadonlySet<string>;
}

type Candidate = Pick<WebhookTable, 'account' | 'id' | 'failing'>;

/** Takes lanes that have something to deliver and no holder, least recently served first, healthy before failing. */
export async function claimLanes(tx: Writing, skipLockedText: string, terms: ClaimTerms): Promise<Lane[]> {
  const { places, failingPlaces, held } = terms;
  const healthy = await freeLanes(tx, skipLockedText, 0, terms, places);
  const rest = Math.min(failingPlaces, places - healthy.length);
  const failing = rest > 0 ? await freeLanes(tx, skipLockedText, 1, terms, rest) : [];
  const lanes: Lane[] = [];
  for (const { account, id, failing: isFailing } of [...healthy, ...failing]) {
    if (held.has(id)) continue;
    const claimed = await tx.one<Pick<WebhookTable, 'claim'>>(
      `update webhook set claim = claim + 1, lease_until = $3, served = $4 where account = $1 and id = $2
       returning claim`,
      [account, id, terms.leaseUntil, terms.now],
    );
    if (claimed !== undefined)
      lanes.push({ account, webhook: id, claim: claimed.claim, isFailing: isFailing === 1 });
  }
  return lanes;
}

/**
 * `webhook_due` holds only the lanes with something to deliver, so this reads as many rows as there are such lanes
 * and sorts them; `pending > 0` stands as text because a partial index serves no parameter.
 */
async function freeLanes(
  tx: Writing,
  skipLockedText: string,
  failing: 0 | 1,
  { now }: ClaimTerms,
  limit: number,
): Promise<Candidate[]> {
  return tx.all<Candidate>(
    `select account, id, failing from webhook where pending > 0 and failing = $1 and lease_until <= $2
     order by served, account, id limit $3${skipLockedText}`,
    [failing, now, limit],
  );
}

type Held = Pick<WebhookTable, 'url' | 'enabled' | 'settled'>;

/** Renews the lease and gives the oldest delivery that waits; where none does, gives the lane back. */
export async function takeNext(tx: Writing, lane: Lane, leaseUntil: number): Promise<Next> {
  const { account, webhook, claim } = lane;
  const held = await tx.one<Held>(
    `update webhook set lease_until = $4 where account = $1 and id = $2 and claim = $3
     returning url, enabled, settled`,
    [account, webhook, claim, leaseUntil],
  );
  if (held === undefined) return { kind: 'lost' };
  const skipped = held.enabled === 1 ? 0 : await skipWaiting(tx, lane, held.settled);
  const row = held.enabled === 1 ? await oldestWaiting(tx, lane, held.settled) : undefined;
  if (row !== undefined) return { kind: 'due', delivery: toDelivery(row, held.url) };
  await tx.run(
    `update webhook set lease_until = 0, settled = recorded, pending = 0 where account = $1 and id = $2`,
    [account, webhook],
  );
  return { kind: 'empty', skipped };
}

type Waiting = Pick<
  WebhookDeliveryTable,
  'number' | 'id' | 'events' | 'audit' | 'attempts_left' | 'attempts'
>;

const toDelivery = (row: Waiting, url: string): DueDelivery => ({
  number: row.number,
  requestId: row.id,
  url,
  body:
    row.audit === null ? `{"events":${row.events}}` : `{"auditContext":${row.audit},"events":${row.events}}`,
  attemptsLeft: row.attempts_left,
  // Written by `saveAttempt` only.
  attempts: JSON.parse(row.attempts) as LoggedAttempt[],
});

/** Begins above the last settled number, so it passes over nothing but what was skipped since. */
async function oldestWaiting(
  tx: Writing,
  { account, webhook }: Lane,
  settled: number,
): Promise<Waiting | undefined> {
  return tx.one<Waiting>(
    `select number, id, events, audit, attempts_left, attempts from webhook_delivery
     where account = $1 and webhook = $2 and number > $3 and state = 'PENDING' order by number limit 1`,
    [account, webhook, settled],
  );
}

async function skipWaiting(tx: Writing, { account, webhook }: Lane, settled: number): Promise<number> {
  return tx.run(
    `update webhook_delivery set state = 'SKIPPED', reason = 'the webhook was disabled'
     where account = $1 and webhook = $2 and number > $3 and state = 'PENDING'`,
    [account, webhook, settled],
  );
}

/** Logs an attempt and what the delivery has become by it; false when the lane is lost. */
export async function saveAttempt(
  tx: Writing,
  lane: Lane,
  { number, attempts, attemptsLeft }: DueDelivery,
  attempt: LoggedAttempt,
  state: DeliveryState,
): Promise<boolean> {
  const { account, webhook, claim } = lane;
  const isSettled = state === 'PENDING' ? 0 : 1;
  const isFailing = state === 'DELIVERED' ? 0 : 1;
  const held = await tx.run(
    `update webhook set pending = pending - $4, settled = case when $4 = 1 then $5 else settled end, failing = $6
     where account = $1 and id = $2 and claim = $3`,
    [account, webhook, claim, isSettled, number, isFailing],
  );
  if (held === 0) return false;
  await tx.run(
    `update webhook_delivery set state = $4, attempts = $5, attempts_left = $6
     where account = $1 and webhook = $2 and number = $3`,
    [account, webhook, number, state, JSON.stringify([...attempts, attempt]), attemptsLeft - 1],
  );
  return true;
}

/** Gives a lane back with what still waits in it. */
export async function releaseLane(tx: Writing, { account, webhook, claim }: Lane): Promise<void> {
  await tx.run(`update webhook set lease_until = 0 where account = $1 and id = $2 and claim = $3`, [
    account,
    webhook,
    claim,
  ]);
}

/** Whether any lane could be claimed: a read, so that an idle deliverer never asks for the write lock. */
export const DUE_LANES = `select account from webhook where pending > 0 and lease_until <= $1 limit 1`;
