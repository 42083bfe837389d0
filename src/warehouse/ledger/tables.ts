/**
 * The registers. All are derived from documents: `verify.ts` rebuilds and compares them.
 */
import type { RoomMigrations } from '../../database/migrate.ts';

/**
 * Greatest quantity ×10^4 of a cell of a register and of a total, either sign: beyond it the numbers of JavaScript are
 * no longer exact, and a report could not read them.
 */
export const REGISTER_MAX_E4 = Number.MAX_SAFE_INTEGER;

/** One movement of a position. The primary key is the covering index of balances at a past moment. */
export interface EntryTable {
  account: number;
  assortment: number;
  store: number;
  moment: number;
  document: number;
  position: number;
  /** ×10^4, signed: + in, − out. */
  quantity: number;
}

/** What is in a store, counting documents of the future too: a read of now subtracts those. */
export interface BalanceTable {
  account: number;
  assortment: number;
  store: number;
  quantity: number;
}

/** Sum over the stores: sizes, `nonEmpty` and `stockOnAllStores` of now without a second pass. */
export interface TotalTable {
  account: number;
  assortment: number;
  quantity: number;
}

/**
 * The change log: every commit of an account's data has the next sequence, one row for each assortment that it
 * touched, or one with assortment 0 when it touched none. `stamp` (ms) never falls as the sequence grows.
 */
export interface ChangeTable {
  account: number;
  sequence: number;
  assortment: number;
  stamp: number;
}

export interface LedgerTables {
  entry: EntryTable;
  balance: BalanceTable;
  total: TotalTable;
  change: ChangeTable;
}

const bounded = `quantity {int} not null check (quantity between -${REGISTER_MAX_E4} and ${REGISTER_MAX_E4})`;

export const ledgerMigrations: RoomMigrations = {
  room: 'ledger',
  migrations: [
    {
      name: '0001-registers',
      statements: [
        `create table entry (account {int} not null, assortment {int} not null, store {int} not null,
          moment {int} not null, document {int} not null, position {int} not null, quantity {int} not null,
          primary key (account, assortment, store, moment, document, position, quantity)) {clustered}`,
        // Documents dated in the future: now is the register less these.
        'create index entry_moment on entry (account, moment)',
        `create table balance (account {int} not null, assortment {int} not null, store {int} not null,
          ${bounded}, primary key (account, assortment, store)) {clustered}`,
        `create table total (account {int} not null, assortment {int} not null, ${bounded},
          primary key (account, assortment)) {clustered}`,
        `create table change (account {int} not null, sequence {int} not null, assortment {int} not null,
          stamp {int} not null, primary key (account, sequence, assortment)) {clustered}`,
      ],
    },
  ],
};
