/** Puts entries into the registers and takes them out. The caller holds the account's ledger lock. */

import { decimalText } from '../../contract/values.ts';
import { CheckViolation, type Row, type Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Entry } from './entries.ts';
import { REGISTER_MAX_E4 } from './tables.ts';

const ENTRY_KEY = ['account', 'assortment', 'store', 'moment', 'document', 'position', 'quantity'] as const;

/** Some stock would go beyond `REGISTER_MAX_E4`. The transaction is lost: let it roll back. */
export class StockBeyondBound extends Error {
  override readonly name = 'StockBeyondBound';

  constructor(cause?: CheckViolation) {
    super(`the stock of a product would go beyond ±${decimalText(REGISTER_MAX_E4)}`, cause && { cause });
  }
}

/**
 * Undoes `before`, posts `after`: entries, balances and totals, in the caller's transaction, for one document or
 * hundreds. Entries that stand in both are left alone. Answers the assortments that were touched, ascending. Throws
 * `StockBeyondBound`.
 */
export async function post(
  tx: Writing,
  account: AccountKey,
  before: readonly Entry[],
  after: readonly Entry[],
): Promise<readonly number[]> {
  const { removed, added } = compare(before, after);
  if (removed.length === 0 && added.length === 0) return [];
  const { balances, totals } = sumUp(account, removed, added);
  // Removed first: an entry whose row was tampered with must not meet its own successor. Entries go by their whole
  // key, which is the primary key.
  if (removed.length > 0) await tx.deleteRows('entry', ENTRY_KEY, toRows(account, removed));
  if (added.length > 0) await tx.insertRows('entry', ENTRY_KEY, toRows(account, added));
  await addToRegisters(tx, balances, totals);
  return totals.map((row) => Number(row[1]));
}

async function addToRegisters(tx: Writing, balances: readonly Row[], totals: readonly Row[]): Promise<void> {
  try {
    await tx.insertRows('balance', ['account', 'assortment', 'store', 'quantity'], balances, {
      key: ['account', 'assortment', 'store'],
      add: ['quantity'],
    });
    await tx.insertRows('total', ['account', 'assortment', 'quantity'], totals, {
      key: ['account', 'assortment'],
      add: ['quantity'],
    });
  } catch (error) {
    throw error instanceof CheckViolation ? new StockBeyondBound(error) : error;
  }
}

/** What really changes, each side in the order of the primary key: neighbours in the tree are written together. */
function compare(before: readonly Entry[], after: readonly Entry[]): { removed: Entry[]; added: Entry[] } {
  if (before.length === 0) return { removed: [], added: after.toSorted(byKey) };
  if (after.length === 0) return { removed: before.toSorted(byKey), added: [] };
  const left = new Map(before.map((entry) => [keyOf(entry), entry]));
  const added = after.filter((entry) => !left.delete(keyOf(entry)));
  return { removed: [...left.values()].sort(byKey), added: added.sort(byKey) };
}

const keyOf = (entry: Entry): string =>
  `${entry.assortment} ${entry.store} ${entry.moment} ${entry.document} ${entry.position} ${entry.quantity}`;

const byKey = (a: Entry, b: Entry): number =>
  a.assortment - b.assortment ||
  a.store - b.store ||
  a.moment - b.moment ||
  a.document - b.document ||
  a.position - b.position ||
  a.quantity - b.quantity;

const toRows = (account: AccountKey, entries: readonly Entry[]): Row[] =>
  entries.map((entry) => [
    account,
    entry.assortment,
    entry.store,
    entry.moment,
    entry.document,
    entry.position,
    entry.quantity,
  ]);

/**
 * The difference per cell and per assortment, ascending: the order in which rows are locked. A cell whose difference
 * is zero is there too: goods that moved once have a row.
 */
function sumUp(account: AccountKey, removed: readonly Entry[], added: readonly Entry[]) {
  const cells = new Map<number, Map<number, number>>();
  const add = (entry: Entry, quantity: number): void => {
    let stores = cells.get(entry.assortment);
    if (stores === undefined) {
      stores = new Map();
      cells.set(entry.assortment, stores);
    }
    stores.set(entry.store, exact((stores.get(entry.store) ?? 0) + quantity));
  };
  for (const entry of removed) add(entry, -entry.quantity);
  for (const entry of added) add(entry, entry.quantity);
  const balances: Row[] = [];
  const totals: Row[] = [];
  for (const [assortment, stores] of [...cells].sort(ascending)) {
    let total = 0;
    for (const [store, quantity] of [...stores].sort(ascending)) {
      balances.push([account, assortment, store, quantity]);
      total = exact(total + quantity);
    }
    totals.push([account, assortment, total]);
  }
  return { balances, totals };
}

/** A sum of integers that was rounded on its way is no sum. */
function exact(sum: number): number {
  if (!Number.isSafeInteger(sum)) throw new StockBeyondBound();
  return sum;
}

const ascending = (a: readonly [number, unknown], b: readonly [number, unknown]): number => a[0] - b[0];
