/**
 * The bulk door: objects whose fields are checked and whose references are resolved go into the tables, their
 * movements into the registers, many at a time. Single writes, imports and demo data all pass here.
 *
 * The caller holds the account's ledger lock, and calls `recordChange` once with all that was touched.
 */
import type { Writing } from '../../database/database.ts';
import type { AccountKey, Ids } from '../../platform/ids.ts';

/** On whose behalf and when objects are written. */
export interface Author {
  /** The Clock's ms. */
  readonly now: number;
  /** IANA name of the account's zone: the calendar year of a document's number. */
  readonly zone: string;
  readonly ids: Ids;
  /** UUIDs of the employee and the group that the new objects belong to. */
  readonly owner?: string;
  readonly group?: string;
}

/** What every draft may say. Absent: a new `uuid`; an external code made from it; no code; not archived. */
interface Draft {
  readonly uuid?: string;
  readonly name: string;
  readonly code?: string;
  readonly externalCode?: string;
  readonly syncId?: string;
  readonly archived?: boolean;
  /** Stored form of the fields that have no column (`fields.ts`). */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface AssortmentDraft extends Draft {
  readonly article?: string;
  /** Keys of `entity`. */
  readonly folder?: number;
  readonly uom?: number;
  readonly supplier?: number;
  /** Of the folder, itself included: `Tools/Drills`. */
  readonly pathName?: string;
  /** ×10^4. */
  readonly minimumBalance?: number;
}

export interface EntityDraft extends Draft {
  /** Key of the parent of the same kind, and the names of the parents joined by `/`. */
  readonly parent?: number;
  readonly pathName?: string;
}

export interface PositionDraft {
  readonly uuid?: string;
  readonly assortment: number;
  /** ×10^4, above 0. */
  readonly quantity: number;
  /** Minor units ×10^4. */
  readonly price: number;
  /** Stored form of discount, vat and the like where they are not the default; mostly absent. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface DocumentDraft extends Omit<Draft, 'code' | 'archived'> {
  /** ms, at a full minute. */
  readonly moment: number;
  /** Default true. */
  readonly applicable?: boolean;
  readonly organization: number;
  readonly store?: number;
  readonly agent?: number;
  readonly positions: readonly PositionDraft[];
}

/** New positions of a document that exists. */
export interface Growth {
  readonly document: number;
  readonly positions: readonly PositionDraft[];
}

export interface Written {
  /** Keys in the order of the drafts: `first`, `first + 1`, … */
  readonly first: number;
  /** Assortments to be named to `recordChange`, ascending, none twice. */
  readonly touched: readonly number[];
}

/** Inserts products (and what else lives in `assortment`) of one kind. */
export declare function writeAssortments(
  tx: Writing,
  account: AccountKey,
  kind: string,
  drafts: readonly AssortmentDraft[],
  author: Author,
): Promise<Written>;

/** Inserts stores, folders, counterparties and the like of one kind. */
export declare function writeEntities(
  tx: Writing,
  account: AccountKey,
  kind: string,
  drafts: readonly EntityDraft[],
  author: Author,
): Promise<Written>;

/** Inserts documents of one kind with their positions, and posts them all at once. */
export declare function writeDocuments(
  tx: Writing,
  account: AccountKey,
  kind: string,
  drafts: readonly DocumentDraft[],
  author: Author,
): Promise<Written>;

/** Adds positions to documents of one kind, corrects their sums and posts. Answers the touched assortments. */
export declare function growDocuments(
  tx: Writing,
  account: AccountKey,
  kind: string,
  growths: readonly Growth[],
  author: Author,
): Promise<readonly number[]>;
