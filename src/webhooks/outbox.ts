/**
 * The outbox: events become deliveries inside the transaction that caused them, so that both commit or neither.
 * A delivery's id, the `requestId` of its calls, is given here: a crash cannot change it.
 */
import { entityHref, taskHref } from '../contract/href.ts';
import type { Row, Writing } from '../database/database.ts';
import type { Clock } from '../platform/clock.ts';
import type { DomainEvent, Events } from '../platform/events.ts';
import type { AccountKey, Ids } from '../platform/ids.ts';
import { ATTEMPTS } from './delivery.ts';
import type { WebhookTable } from './tables.ts';

/** The channel that is woken when something waits to be delivered. */
export const WEBHOOKS_CHANNEL = 'webhooks';

/** Events that one call carries at most. */
export const EVENTS_PER_CALL_MAX = 100;
/** Deliveries of one webhook that may wait; what comes beyond is logged as skipped. */
const PENDING_MAX = 5_000;
/** Deliveries that the log of one webhook keeps, and how many more may stand before the oldest go. */
const LOG_MAX = 10_000;
const LOG_SLACK = 100;

export interface OutboxOptions {
  readonly ids: Ids;
  readonly clock: Clock;
  readonly limits?: { readonly pending: number; readonly log: number };
}

/**
 * The `Events` port. Webhooks are locked in the order of their ids. Several calls in one transaction cannot lock
 * crosswise with another's either: whoever records holds the account's own lock already (its queue row, its ledger).
 */
export function webhookEvents(options: OutboxOptions): Events<Writing> {
  return {
    async record(tx, events) {
      const told: Told[] = [];
      for (const group of groups(events)) {
        for (const webhook of await findSubscribed(tx, group)) told.push({ ...group, webhook });
      }
      told.sort((a, b) => compare(a.webhook.id, b.webhook.id));
      let isWaiting = false;
      for (const each of told) isWaiting = (await addDeliveries(tx, each, options)) || isWaiting;
      if (isWaiting) tx.wake(WEBHOOKS_CHANNEL);
    },
  };
}

/** Events that the same webhooks are told of. */
interface Group {
  readonly account: AccountKey;
  readonly entityType: string;
  readonly action: DomainEvent['action'];
  readonly events: readonly DomainEvent[];
}

type Subscribed = Pick<WebhookTable, 'id' | 'account_id'>;
type Told = Group & { readonly webhook: Subscribed };

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function groups(events: readonly DomainEvent[]): Iterable<Group> {
  const found = new Map<string, Group & { events: DomainEvent[] }>();
  for (const event of events) {
    const { account, entityType, action } = event;
    const key = `${account} ${entityType} ${action}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, { account, entityType, action, events: [event] });
    else group.events.push(event);
  }
  return found.values();
}

/** One look-up in `webhook_event`: all that an event costs where nobody has subscribed. */
async function findSubscribed(tx: Writing, { account, entityType, action }: Group): Promise<Subscribed[]> {
  return tx.all<Subscribed>(
    `select id, account_id from webhook where account = $1 and entity_type = $2 and action = $3`,
    [account, entityType, action],
  );
}

/** Whether anything waits now. */
async function addDeliveries(
  tx: Writing,
  told: Told,
  { ids, clock, limits }: OutboxOptions,
): Promise<boolean> {
  const { account, webhook } = told;
  const calls = callsOf(told);
  const lane = await extendLane(tx, account, webhook.id, calls.length);
  // Deleted since the look-up.
  if (lane === undefined) return false;
  const reason = skipReason(lane, limits?.pending ?? PENDING_MAX);
  const first = lane.recorded - calls.length + 1;
  const createdAt = clock.now();
  const state = reason === null ? 'PENDING' : 'SKIPPED';
  const rows = calls.map(
    (call, index): Row => [
      account,
      webhook.id,
      first + index,
      ids.uuid(),
      state,
      reason,
      JSON.stringify(call),
      null,
      createdAt,
      ATTEMPTS,
      '[]',
    ],
  );
  await tx.insertRows('webhook_delivery', DELIVERY_COLUMNS, rows);
  if (reason !== null) await takeBackPending(tx, account, webhook.id, calls.length);
  await trimLog(tx, account, webhook.id, lane.recorded, calls.length, limits?.log ?? LOG_MAX);
  return reason === null;
}

const DELIVERY_COLUMNS = [
  'account',
  'webhook',
  'number',
  'id',
  'state',
  'reason',
  'events',
  'audit',
  'created_at',
  'attempts_left',
  'attempts',
];

/** An event as a call carries it. */
interface SentEvent {
  readonly meta: { readonly type: string; readonly href: string };
  readonly action: DomainEvent['action'];
  readonly accountId: string;
}

/** The events of each call: one call per task, up to a hundred together of anything else. */
function callsOf({ entityType, events, webhook }: Told): SentEvent[][] {
  const sent = events.map(({ id, action, base }): SentEvent => {
    const href = entityType === 'async' ? taskHref(base, id) : entityHref(base, entityType, id);
    return { meta: { type: entityType, href }, action, accountId: webhook.account_id };
  });
  const size = entityType === 'async' ? 1 : EVENTS_PER_CALL_MAX;
  const calls: SentEvent[][] = [];
  for (let start = 0; start < sent.length; start += size) calls.push(sent.slice(start, start + size));
  return calls;
}

type Lane = Pick<WebhookTable, 'enabled' | 'recorded' | 'pending'>;

const skipReason = ({ enabled, pending }: Lane, pendingMax: number): string | null => {
  if (enabled === 0) return 'the webhook was disabled';
  return pending > pendingMax ? `${pendingMax} deliveries were waiting already` : null;
};

/** Gives out the next numbers and takes the webhook's lock; the new deliveries count as pending until known better. */
async function extendLane(
  tx: Writing,
  account: number,
  id: string,
  count: number,
): Promise<Lane | undefined> {
  return tx.one<Lane>(
    `update webhook set recorded = recorded + $3, pending = pending + $3 where account = $1 and id = $2
     returning enabled, recorded, pending`,
    [account, id, count],
  );
}

async function takeBackPending(tx: Writing, account: number, id: string, count: number): Promise<void> {
  await tx.run(`update webhook set pending = pending - $3 where account = $1 and id = $2`, [
    account,
    id,
    count,
  ]);
}

/** Every hundredth delivery takes the oldest hundred with it, so the log is bounded without a sweep of its own. */
async function trimLog(
  tx: Writing,
  account: number,
  id: string,
  recorded: number,
  count: number,
  logMax: number,
): Promise<void> {
  const isDue = Math.floor(recorded / LOG_SLACK) > Math.floor((recorded - count) / LOG_SLACK);
  if (!isDue || recorded <= logMax) return;
  await tx.run(
    `delete from webhook_delivery where account = $1 and webhook = $2 and number <= $3 and state <> 'PENDING'`,
    [account, id, recorded - logMax],
  );
}
