/**
 * Access tokens: 40 hex digits, stored as SHA-256 only (contract: Authentication). A new token ends the earlier ones
 * of its login.
 */
import { createHash } from 'node:crypto';
import type { Database, Writing } from '../database/database.ts';
import type { Clock, Steady } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import { type PrincipalRow, principalOf } from './credentials.ts';
import type { Principal } from './principal.ts';
import { Remembered } from './remembered.ts';

const TOKEN_BYTES = 20;
/** How long an ended token may work on in the *other* processes of one database; in this one it ends at once. */
const REMEMBERED = { maxEntries: 10_000, lifetimeMs: 3_000 };

export interface TokenOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly steady: Steady;
  readonly ids: Ids;
}

export class Tokens {
  readonly #options: TokenOptions;
  readonly #remembered: Remembered<Principal>;
  /** Grows with each issue: a look-up that began before it must not be remembered after it. */
  #generation = 0;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#remembered = new Remembered(REMEMBERED, options.steady);
  }

  /** A new token for a principal; `fixed` where it is prescribed (credentials of a demo account in CI). */
  async issue(principal: Principal, fixed?: string): Promise<string> {
    const token = fixed ?? this.#options.ids.secret(TOKEN_BYTES).toString('hex');
    const created = this.#options.clock.now();
    await this.#options.database.write((tx) => replaceToken(tx, principal, hashOf(token), created));
    this.#generation += 1;
    this.#remembered.clear();
    return token;
  }

  /** Whose token it is; undefined for one that ended or never was. */
  async principalOf(token: string): Promise<Principal | undefined> {
    const hash = hashOf(token);
    const remembered = this.#remembered.get(hash);
    if (remembered !== undefined) return remembered;
    const generation = this.#generation;
    const row = await this.#options.database.read((queries) => queries.one<PrincipalRow>(BY_HASH, [hash]));
    if (row === undefined) return undefined;
    const principal = principalOf(row);
    if (generation === this.#generation) this.#remembered.set(hash, principal);
    return principal;
  }
}

/** The hash is looked up, not compared, so nothing can be learned from the time that takes. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const BY_HASH =
  'select t.account, a.uuid, l.employee, l.login, l.administrator from token t ' +
  'join login l on l.login = t.login join account a on a.id = t.account where t.hash = $1';

async function replaceToken(tx: Writing, principal: Principal, hash: string, created: number): Promise<void> {
  await tx.run('delete from token where login = $1', [principal.login]);
  await tx.run('insert into token (hash, account, login, created) values ($1, $2, $3, $4)', [
    hash,
    principal.account,
    principal.login,
    created,
  ]);
}
