/** The face of the room: who asks, and the accounts that there are. */
import type { Database } from '../database/database.ts';
import type { Clock, Steady } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import {
  type Account,
  type CreateAccountOutcome,
  createAccount,
  findAccount,
  listAccounts,
  type NewAccount,
} from './account.ts';
import { Credentials, findPrincipal, type Verification } from './credentials.ts';
import { PASSWORD_COST, type PasswordCost } from './passwords.ts';
import type { Principal } from './principal.ts';
import { Tokens } from './tokens.ts';

export interface Accounts {
  /** Makes an account with its administrator, or nothing at all. */
  create(account: NewAccount): Promise<CreateAccountOutcome>;
  /** Every account, oldest first. */
  list(): Promise<readonly Account[]>;
  /** An account by its UUID. */
  find(id: string): Promise<Account | undefined>;
  /** Who has this login, without a password: for commands on the machine itself. */
  principalOfLogin(login: string): Promise<Principal | undefined>;
  /** Whether a login and a password belong together. */
  verify(login: string, password: string): Promise<Verification>;
  /** A new token; the earlier ones of that login end. `fixed` where it is prescribed. */
  issueToken(principal: Principal, fixed?: string): Promise<string>;
  /** Whose token it is; undefined for one that ended or never was. */
  principalOfToken(token: string): Promise<Principal | undefined>;
}

export interface AccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly steady: Steady;
  readonly ids: Ids;
  /** What a new password hash costs; the default is meant for production. */
  readonly passwordCost?: PasswordCost;
}

export function createAccounts(given: AccountsOptions): Accounts {
  const options = { passwordCost: PASSWORD_COST, ...given };
  const { database } = options;
  const credentials = new Credentials(options);
  const tokens = new Tokens(options);
  return {
    create: (account) => createAccount(options, account),
    list: () => listAccounts(database),
    find: (id) => findAccount(database, id),
    principalOfLogin: (login) => findPrincipal(database, login),
    verify: (login, password) => credentials.verify(login, password),
    issueToken: (principal, fixed) => tokens.issue(principal, fixed),
    principalOfToken: (token) => tokens.principalOf(token),
  };
}
