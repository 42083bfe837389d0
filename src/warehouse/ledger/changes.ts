/** The ledger sequence and the change log: snapshots, `changedSince`, webhooks and reuse stand on it. */
import type { Queries, Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';

export interface Commit {
  /** One more for every commit of the account's data; 0 when there was none yet. */
  readonly sequence: number;
  /** ms; never falls as the sequence grows. */
  readonly moment: number;
}

/**
 * Takes the account's next sequence for this transaction and logs what it touched. Once per transaction, by a caller
 * that holds the account's ledger lock. `now` is the Clock's.
 */
export declare function recordChange(
  tx: Writing,
  account: AccountKey,
  assortments: readonly number[],
  now: number,
): Promise<Commit>;

/** The account's last commit as this transaction sees it; before the first one `createdAt` of the account. */
export declare function lastCommit(queries: Queries, account: AccountKey, createdAt: number): Promise<Commit>;
