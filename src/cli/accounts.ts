/** Makes an account with its books: what `account create` and a first start share. */
import type { CreateAccountOutcome } from '../accounts/account.ts';
import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import type { Database } from '../database/database.ts';
import { steadyClock, systemClock } from '../platform/clock.ts';
import { randomIds } from '../platform/ids.ts';
import { seedAccount } from '../warehouse/new-account.ts';

const PASSWORD_BYTES = 12;

/** The accounts of a store that a command has opened. */
export function accountsOf(database: Database): Accounts {
  return createAccounts({ database, clock: systemClock(), steady: steadyClock(), ids: randomIds });
}

/** A password that nobody has to remember: 16 characters. */
export const makePassword = (): string => randomIds.secret(PASSWORD_BYTES).toString('base64url');

/** Makes the account and its seeded objects in one transaction. */
export function createAccountWithBooks(
  accounts: Accounts,
  name: string,
  login: string,
  password: string,
): Promise<CreateAccountOutcome> {
  const clock = systemClock();
  return accounts.create({
    name,
    login,
    password,
    seed: (tx, account) => seedAccount(tx, account, { ids: randomIds, now: clock.now(), login }),
  });
}
