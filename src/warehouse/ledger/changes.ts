/** The ledger sequence and the change log: snapshots, `changedSince`, webhooks and reuse stand on it. */
import type { Queries, Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';

export interface Commit {
  /** One more for every commit of the account's data; 0 when there was none yet. */
  readonly sequence: number;
  /** ms; never falls as the sequence grows. */
  readonly moment: number;
}

/** Stands for "no assortment": assortments count from 1. */
const NO_ASSORTMENT = 0;

/**
 * Takes the account's next sequence for this transaction and logs what it touched. Once per transaction, by a caller
 * that holds the account's ledger lock. `now` is the Clock's.
 */
export async function recordChange(
  tx: Writing,
  account: AccountKey,
  assortments: readonly number[],
  now: number,
): Promise<Commit> {
  const last = await lastCommit(tx, account, now);
  // A clock that was set back must not date a commit before an earlier one: `changedSince` would miss it.
  const commit = { sequence: last.sequence + 1, moment: Math.max(now, last.moment) };
  const touched = assortments.length === 0 ? [NO_ASSORTMENT] : [...new Set(assortments)];
  await tx.insertRows(
    'change',
    ['account', 'sequence', 'assortment', 'stamp'],
    touched.map((assortment) => [account, commit.sequence, assortment, commit.moment]),
  );
  return commit;
}

/**
 * The account's last commit as this transaction sees it; before the first one `createdAt` of the account.
 * One step back from the end of the log's primary key; there is no counter row (one slowed 15 × under a held snapshot).
 */
export async function lastCommit(queries: Queries, account: AccountKey, createdAt: number): Promise<Commit> {
  const last = await queries.one<{ sequence: number; stamp: number }>(
    'select sequence, stamp from change where account = $1 order by sequence desc limit 1',
    [account],
  );
  return last === undefined
    ? { sequence: 0, moment: createdAt }
    : { sequence: last.sequence, moment: last.stamp };
}
