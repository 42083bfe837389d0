/** Puts entries into the registers and takes them out. The caller holds the account's ledger lock. */
import type { Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Entry } from './entries.ts';

/**
 * Undoes `before`, posts `after`: entries, balances and totals, in the caller's transaction, for one document or
 * hundreds. Entries that stand in both are left alone. Answers the assortments that were touched, ascending.
 */
export declare function post(
  tx: Writing,
  account: AccountKey,
  before: readonly Entry[],
  after: readonly Entry[],
): Promise<readonly number[]>;
