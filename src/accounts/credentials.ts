/**
 * Whether a login and a password belong together (contract: Authentication).
 *
 * Many clients send Basic with every request, so what was verified is remembered for a short time, under a keyed hash:
 * neither the password nor anything to guess it by stays in memory. A login that was tried too often with wrong
 * passwords is refused for the rest of the window; its remembered right password and its tokens work on.
 */
import { createHmac } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Steady } from '../platform/clock.ts';
import { accountKey, type Ids } from '../platform/ids.ts';
import { matchesPassword, type PasswordCost, unmatched } from './passwords.ts';
import type { Principal } from './principal.ts';
import { Remembered } from './remembered.ts';

export type Verification =
  | { readonly kind: 'verified'; readonly principal: Principal }
  | { readonly kind: 'wrong' }
  /** Too many wrong passwords, or too many verifications at once. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number };

const VERIFIED = { maxEntries: 1_000, lifetimeMs: 60_000 };
const ATTEMPTS = { maxEntries: 10_000, lifetimeMs: 60_000 };
const ATTEMPTS_MAX = 10;
/** Half of libuv's threads: files and gzip go on while passwords are verified. */
const RUNNING_MAX = 2;
const WAITING_MAX = 64;
const CROWDED_RETRY_MS = 1_000;

export interface CredentialOptions {
  readonly database: Database;
  readonly steady: Steady;
  readonly ids: Ids;
  readonly passwordCost: PasswordCost;
}

export class Credentials {
  readonly #database: Database;
  readonly #cost: PasswordCost;
  readonly #verified: Remembered<Principal>;
  readonly #attempts: Remembered<number>;
  readonly #memoryKey: Buffer;
  /** Equal credentials that arrive together are verified once. */
  readonly #inFlight = new Map<string, Promise<Verification>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ database, steady, ids, passwordCost }: CredentialOptions) {
    this.#database = database;
    this.#cost = passwordCost;
    this.#verified = new Remembered(VERIFIED, steady);
    this.#attempts = new Remembered(ATTEMPTS, steady);
    this.#memoryKey = ids.secret(32);
  }

  async verify(login: string, password: string): Promise<Verification> {
    const name = login.normalize('NFC');
    const key = createHmac('sha256', this.#memoryKey).update(`${name}\0${password}`).digest('base64');
    const principal = this.#verified.get(key);
    if (principal !== undefined) return { kind: 'verified', principal };
    const running = this.#inFlight.get(key);
    if (running !== undefined) return running;
    const verification = this.#attempt(name, password, key).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, verification);
    return verification;
  }

  async #attempt(login: string, password: string, key: string): Promise<Verification> {
    if ((this.#attempts.get(login) ?? 0) >= ATTEMPTS_MAX) {
      return { kind: 'throttled', retryAfterMs: this.#attempts.msLeft(login) };
    }
    if (this.#running >= RUNNING_MAX && this.#waiting.length >= WAITING_MAX) {
      return { kind: 'throttled', retryAfterMs: CROWDED_RETRY_MS };
    }
    // Counted before it is known to be wrong, so that guesses in parallel cannot pass the bound together.
    this.#attempts.update(login, (count = 0) => count + 1);
    const principal = await this.#inTurn(() => this.#compare(login, password));
    if (principal === undefined) return { kind: 'wrong' };
    this.#attempts.forget(login);
    this.#verified.set(key, principal);
    return { kind: 'verified', principal };
  }

  async #compare(login: string, password: string): Promise<Principal | undefined> {
    const found = await findLogin(this.#database, login);
    const isRight = await matchesPassword(password, found?.password ?? unmatched(this.#cost));
    return isRight && found !== undefined ? principalOf(found) : undefined;
  }

  /** Verifying takes a thread and 16 MB: only so many at once. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= RUNNING_MAX) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // The place is handed on, not given back and taken again, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** What of a login makes a principal. */
export interface PrincipalRow {
  account: number;
  uuid: string;
  employee: string;
  login: string;
  administrator: number;
}

interface LoginRow extends PrincipalRow {
  password: string;
}

const BY_LOGIN =
  'select l.account, a.uuid, l.employee, l.login, l.administrator, l.password from login l ' +
  'join account a on a.id = l.account where l.login = $1';

const findLogin = (database: Database, login: string): Promise<LoginRow | undefined> =>
  database.read((queries) => queries.one<LoginRow>(BY_LOGIN, [login.normalize('NFC')]));

/** Who has a login, without a password. */
export async function findPrincipal(database: Database, login: string): Promise<Principal | undefined> {
  const found = await findLogin(database, login);
  return found === undefined ? undefined : principalOf(found);
}

export const principalOf = (row: PrincipalRow): Principal => ({
  account: accountKey(row.account),
  accountId: row.uuid,
  kind: 'employee',
  id: row.employee,
  login: row.login,
  administrator: row.administrator === 1,
});
