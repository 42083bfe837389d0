/** Accounts over a fresh database, with a clock to turn. */
import { randomUUID } from 'node:crypto';
import type { CreateAccountOutcome } from '../../src/accounts/account.ts';
import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts';
import type { Principal } from '../../src/accounts/principal.ts';
import { accountsMigrations } from '../../src/accounts/tables.ts';
import type { Database } from '../../src/database/database.ts';
import { randomIds } from '../../src/platform/ids.ts';
import type { Engine } from '../support/engines.ts';
import { TurnedClock } from '../support/turned-clock.ts';

/** What a password costs is no part of these tests. */
const CHEAP = { N: 16, r: 1, p: 1 };

export interface Arranged extends AsyncDisposable {
  readonly accounts: Accounts;
  readonly clock: TurnedClock;
  readonly database: Database;
  /** The same accounts as another process has them: own memory, own connection. */
  elsewhere(): Promise<Accounts>;
}

export async function arrange(engine: Engine): Promise<Arranged> {
  const opened = await engine.open([accountsMigrations]);
  const clock = new TurnedClock();
  const over = (database: Database): Accounts =>
    createAccounts({ database, clock, steady: clock, ids: randomIds, passwordCost: CHEAP });
  return {
    accounts: over(opened.database),
    clock,
    database: opened.database,
    elsewhere: async () => over(await opened.reopen('server')),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Makes an account whose seed does nothing but name an employee. */
export const makeAccount = (
  accounts: Accounts,
  login: string,
  password = 'right',
): Promise<CreateAccountOutcome> =>
  accounts.create({ name: `Account of ${login}`, login, password, seed: async () => randomUUID() });

/** The administrator of a new account. */
export async function administrator(
  accounts: Accounts,
  login: string,
  password?: string,
): Promise<Principal> {
  const outcome = await makeAccount(accounts, login, password);
  if (outcome.kind !== 'created') throw new Error(`${login} is taken`);
  return outcome.administrator;
}
