/** Makes an account with its books: what `account create` and a first start share. */
import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import type { Principal } from '../accounts/principal.ts';
import type { Database } from '../database/database.ts';
import { steadyClock, systemClock } from '../platform/clock.ts';
import { randomIds } from '../platform/ids.ts';
import { seedAccount } from '../warehouse/new-account.ts';
import { CommandFailed } from './command.ts';

const PASSWORD_BYTES = 12;

/** The accounts of a store that a command has opened. */
export function accountsOf(database: Database): Accounts {
  return createAccounts({ database, clock: systemClock(), steady: steadyClock(), ids: randomIds });
}

/** A password that nobody has to remember: 16 characters. */
export const makePassword = (): string => randomIds.secret(PASSWORD_BYTES).toString('base64url');

/** Makes the account and its seeded objects in one transaction. Throws `CommandFailed` when the login is taken. */
export async function createAccountWithBooks(
  accounts: Accounts,
  name: string,
  login: string,
  password: string,
): Promise<Principal> {
  const clock = systemClock();
  const outcome = await accounts.create({
    name,
    login,
    password,
    seed: (tx, account) => seedAccount(tx, account, { ids: randomIds, now: clock.now(), login }),
  });
  if (outcome.kind === 'taken') {
    throw new CommandFailed(`the login ${login} belongs to the account ${outcome.account.id} already`);
  }
  return outcome.administrator;
}
