/** Accounts: tenants of one store, each with an administrator. */
import type { Database, Queries, Writing } from '../database/database.ts';
import type { Clock } from '../platform/clock.ts';
import { type AccountKey, accountKey, type Ids } from '../platform/ids.ts';
import { hashPassword, type PasswordCost } from './passwords.ts';
import type { Principal } from './principal.ts';

/** An account as lists show it. */
export interface Account {
  readonly key: AccountKey;
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** ms of the Clock. */
  readonly createdAt: number;
  /** Login of its administrator. */
  readonly login: string;
}

/**
 * Fills a fresh account inside the transaction that makes it, and answers the UUID of the administrator's employee.
 * Given by the composition root: accounts know no warehouse.
 */
export type Seed = (tx: Writing, account: Account) => Promise<string>;

export interface NewAccount {
  readonly name: string;
  readonly login: string;
  readonly password: string;
  readonly seed: Seed;
}

export type CreateAccountOutcome =
  | { readonly kind: 'created'; readonly account: Account; readonly administrator: Principal }
  /** The login is in use; whose it is. */
  | { readonly kind: 'taken'; readonly account: Account };

export interface AccountOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly passwordCost: PasswordCost;
}

/** Makes an account with its administrator, or nothing at all. */
export async function createAccount(
  { database, clock, ids, passwordCost }: AccountOptions,
  { name, login, password, seed }: NewAccount,
): Promise<CreateAccountOutcome> {
  const normalized = login.normalize('NFC');
  // Before the transaction: hashing takes long enough to keep other writers waiting.
  const hash = await hashPassword(password, passwordCost);
  const create = async (tx: Writing): Promise<CreateAccountOutcome> => {
    const owner = await tx.one<AccountRow>(`${ACCOUNTS} where l.login = $1`, [normalized]);
    if (owner !== undefined) return { kind: 'taken', account: accountOf(owner) };
    const last = await tx.one<{ id: number }>('select coalesce(max(id), 0) as id from account');
    const row = { key: (last?.id ?? 0) + 1, id: ids.uuid(), name, created: clock.now(), login: normalized };
    const account = accountOf(row);
    await tx.run('insert into account (id, uuid, name, created) values ($1, $2, $3, $4)', [
      row.key,
      row.id,
      row.name,
      row.created,
    ]);
    const employee = await seed(tx, account);
    await tx.run(
      'insert into login (login, account, employee, password, administrator) values ($1, $2, $3, $4, 1)',
      [row.login, row.key, employee, hash],
    );
    return { kind: 'created', account, administrator: administratorOf(account, employee) };
  };
  // No account has the key 0: its lock makes creations serial, so that keys and logins cannot collide.
  return database.write(create, { space: 'ledger', key: 0 });
}

/** Every account, oldest first. */
export async function listAccounts(database: Database): Promise<readonly Account[]> {
  const rows = await database.read((queries) =>
    queries.all<AccountRow>(`${ACCOUNTS} order by a.id, l.login`),
  );
  return rows.map(accountOf);
}

/** An account by its UUID. */
export async function findAccount(database: Database, id: string): Promise<Account | undefined> {
  const row = await database.read((queries) =>
    queries.one<AccountRow>(`${ACCOUNTS} where a.uuid = $1 order by l.login`, [id.toLowerCase()]),
  );
  return row === undefined ? undefined : accountOf(row);
}

/** When an account was made, in ms: what its data is dated by before the first change. */
export async function accountCreatedAt(queries: Queries, account: AccountKey): Promise<number> {
  const row = await queries.one<{ created: number }>('select created from account where id = $1', [account]);
  if (row === undefined) throw new Error(`no account ${account}`);
  return row.created;
}

interface AccountRow {
  key: number;
  id: string;
  name: string;
  created: number;
  login: string;
}

const ACCOUNTS =
  'select a.id as key, a.uuid as id, a.name, a.created, l.login from account a ' +
  'join login l on l.account = a.id and l.administrator = 1';

const accountOf = ({ key, id, name, created, login }: AccountRow): Account => ({
  key: accountKey(key),
  id,
  name,
  createdAt: created,
  login,
});

const administratorOf = ({ key, id, login }: Account, employee: string): Principal => ({
  account: key,
  accountId: id,
  kind: 'employee',
  id: employee,
  login,
  administrator: true,
});
