/** Who wants to be told of what: the verbs of `entity/webhook`. A refusal is thrown as the API's error. */
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError, apiError, type Problem, type ProblemDetails } from '../contract/errors.ts';
import { context, type List, listMeta, type Page } from '../contract/meta.ts';
import type { Database, Queries, Writing } from '../database/database.ts';
import type { Clock } from '../platform/clock.ts';
import type { AccountKey, Ids } from '../platform/ids.ts';
import type { AddressGuard } from './address-guard.ts';
import {
  type Body,
  changeSubscription,
  type IsEntityType,
  parseUrl,
  readSubscription,
  renderSubscription,
  type StoredSubscription,
  type Subscription,
  type WebhookObject,
} from './subscription.ts';
import type { WebhookTable } from './tables.ts';

/** Who manages webhooks: a principal of the API. */
export interface Manager {
  readonly account: AccountKey;
  /** UUID of the account. */
  readonly accountId: string;
  readonly administrator: boolean;
}

/** The verbs; `base` is the request's own, for hrefs. All throw 30004 for who is no administrator. */
export interface Subscriptions {
  create(manager: Manager, body: Body, base: string): Promise<WebhookObject>;
  find(manager: Manager, id: string, base: string): Promise<WebhookObject>;
  /** Oldest first. `url` is the request's URL as sent. */
  list(manager: Manager, page: Page, url: string, base: string): Promise<List<WebhookObject>>;
  update(manager: Manager, id: string, body: Body, base: string): Promise<WebhookObject>;
  /** With its delivery log. */
  remove(manager: Manager, id: string): Promise<void>;
}

export interface SubscriptionsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly guard: AddressGuard;
  readonly isEntityType: IsEntityType;
}

/** Webhooks of one entity type and action that users of an account may have. */
const PER_EVENT_MAX = 5;
/** How long a name is looked up before it is taken as it is: the guard asks again at each call. */
const NAME_CHECK_MS = 1_000;
const AT_URL: ProblemDetails = { parameter: 'url', path: ['url'] };

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { database, clock, ids, guard, isEntityType } = options;
  return {
    async create(manager, body, base) {
      refuseOthers(manager);
      const wanted = validated(readSubscription(body, isEntityType));
      await refuseForbiddenAddress(guard, wanted.url);
      const webhook: StoredSubscription = { ...wanted, id: ids.uuid(), accountId: manager.accountId };
      await writeOf(database, manager, async (tx) => {
        await refuseConflicts(tx, manager, webhook, webhook.id);
        await insertWebhook(tx, manager, webhook, clock.now());
      });
      return renderSubscription(webhook, base);
    },

    async find(manager, id, base) {
      refuseOthers(manager);
      return renderSubscription(await database.read((queries) => load(queries, manager, id)), base);
    },

    async list(manager, page, url, base) {
      refuseOthers(manager);
      const [size, webhooks] = await database.read(async (queries) => [
        await countWebhooks(queries, manager),
        await pageOfWebhooks(queries, manager, page),
      ]);
      return {
        context: context(base),
        meta: listMeta({ url, type: 'webhook', size }, page),
        rows: webhooks.map((each) => renderSubscription(each, base)),
      };
    },

    async update(manager, id, body, base) {
      refuseOthers(manager);
      const asRead = await database.read((queries) => load(queries, manager, id));
      const { url } = validated(changeSubscription(asRead, body, isEntityType));
      // Outside the transaction: DNS may take its time. What is written is checked at each call anyway.
      if (url !== asRead.url) await refuseForbiddenAddress(guard, url);
      return writeOf(database, manager, async (tx) => {
        const before = await load(tx, manager, id);
        const after = { ...before, ...validated(changeSubscription(before, body, isEntityType)) };
        await refuseConflicts(tx, manager, after, id);
        await updateWebhook(tx, manager, after);
        return renderSubscription(after, base);
      });
    },

    async remove(manager, id) {
      refuseOthers(manager);
      await writeOf(database, manager, async (tx) => {
        await load(tx, manager, id);
        await deleteWebhook(tx, manager, id);
      });
    },
  };
}

/** Changes of one account's webhooks are serial: the limits below count rows, and counting cannot race. */
const writeOf = <T>(database: Database, { account }: Manager, work: (tx: Writing) => Promise<T>) =>
  database.write(work, { space: 'ledger', key: account });

function refuseOthers({ administrator }: Manager): void {
  if (!administrator) throw apiError(30004);
}

function validated(read: Subscription | readonly Problem[]): Subscription {
  if (!isProblems(read)) return read;
  const [first, ...others] = read;
  if (first === undefined) throw new Error('a subscription was refused without a problem');
  throw new ApiError([first, ...others]);
}

const isProblems = (read: Subscription | readonly Problem[]): read is readonly Problem[] =>
  Array.isArray(read);

/** A name that leads nowhere yet passes: a subscriber may come up later, and each call is checked. */
async function refuseForbiddenAddress(guard: AddressGuard, text: string): Promise<void> {
  const url = parseUrl(text);
  if (url === undefined) throw apiError(30005, [], AT_URL);
  const waiting = new AbortController();
  const resolution = await Promise.race([
    guard.resolve(url),
    pause(NAME_CHECK_MS, undefined, { signal: waiting.signal }).catch(() => undefined),
  ]);
  waiting.abort();
  if (resolution?.kind !== 'refused') return;
  const errorMessage = `${url.host} is a private, loopback or reserved address; the server's operator may allow it (--webhook-allow)`;
  throw apiError(30005, [], { ...AT_URL, errorMessage });
}

async function refuseConflicts(
  tx: Queries,
  { account }: Manager,
  { entityType, action, url }: Subscription,
  id: string,
): Promise<void> {
  const others = await tx.all<Pick<WebhookTable, 'url' | 'author_application'>>(
    `select url, author_application from webhook
     where account = $1 and entity_type = $2 and action = $3 and id <> $4`,
    [account, entityType, action, id],
  );
  if (others.some((each) => each.url === url)) throw apiError(30003, [], { path: [] });
  const ofUsers = others.filter((each) => each.author_application === null);
  if (ofUsers.length >= PER_EVENT_MAX) throw apiError(30007, [PER_EVENT_MAX], { path: [] });
}

type Shown = Pick<
  WebhookTable,
  'id' | 'account_id' | 'entity_type' | 'action' | 'url' | 'enabled' | 'diff_type'
>;

const toSubscription = (row: Shown): StoredSubscription => ({
  id: row.id,
  accountId: row.account_id,
  entityType: row.entity_type,
  action: row.action,
  url: row.url,
  enabled: row.enabled === 1,
  diffType: row.diff_type,
});

/** One webhook; a foreign id gets the same 404 as one that never was. */
async function load(queries: Queries, { account }: Manager, id: string): Promise<StoredSubscription> {
  const row = await queries.one<Shown>(
    `select id, account_id, entity_type, action, url, enabled, diff_type from webhook
     where account = $1 and id = $2`,
    [account, id],
  );
  if (row === undefined) throw apiError(1021, ['webhook', id]);
  return toSubscription(row);
}

async function countWebhooks(queries: Queries, { account }: Manager): Promise<number> {
  const row = await queries.one<{ size: number }>(`select count(*) as size from webhook where account = $1`, [
    account,
  ]);
  return row?.size ?? 0;
}

/** Sorted within one account: some dozens of rows at most, so the primary key serves. */
async function pageOfWebhooks(
  queries: Queries,
  { account }: Manager,
  { limit, offset }: Page,
): Promise<readonly StoredSubscription[]> {
  const rows = await queries.all<Shown>(
    `select id, account_id, entity_type, action, url, enabled, diff_type from webhook
     where account = $1 order by created_at, id limit $2 offset $3`,
    [account, limit, offset],
  );
  return rows.map(toSubscription);
}

async function insertWebhook(
  tx: Writing,
  { account }: Manager,
  { id, accountId, entityType, action, url, enabled, diffType }: StoredSubscription,
  createdAt: number,
): Promise<void> {
  await tx.run(
    `insert into webhook (account, id, account_id, entity_type, action, url, enabled, diff_type, created_at,
       recorded, settled, pending, failing, claim, lease_until, served)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, 0, 0, 0)`,
    [account, id, accountId, entityType, action, url, enabled ? 1 : 0, diffType, createdAt],
  );
}

async function updateWebhook(
  tx: Writing,
  { account }: Manager,
  { id, entityType, action, url, enabled, diffType }: StoredSubscription,
): Promise<void> {
  await tx.run(
    `update webhook set entity_type = $3, action = $4, url = $5, enabled = $6, diff_type = $7
     where account = $1 and id = $2`,
    [account, id, entityType, action, url, enabled ? 1 : 0, diffType],
  );
}

async function deleteWebhook(tx: Writing, { account }: Manager, id: string): Promise<void> {
  // The row first: it is the lock under which deliveries are added and settled.
  await tx.run(`delete from webhook where account = $1 and id = $2`, [account, id]);
  await tx.run(`delete from webhook_delivery where account = $1 and webhook = $2`, [account, id]);
}
