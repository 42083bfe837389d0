/**
 * The bulk door: objects whose fields are checked and whose references are resolved go into the tables, their
 * movements into the registers, many at a time. Single writes, imports and demo data all pass here.
 *
 * The caller holds the account's ledger lock, and calls `recordChange` once with all that was touched.
 */
import type { Row, Writing } from '../../database/database.ts';
import type { AccountKey, Ids } from '../../platform/ids.ts';
import { kindNamed } from '../kinds/index.ts';
import type { Entry } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import {
  ASSORTMENT,
  addEntries,
  addPositions,
  coded,
  DOCUMENT,
  ENTITY,
  named,
  nextPosition,
  POSITION,
  safeSum,
  totalOf,
} from './draft-rows.ts';
import type { Table } from './kind.ts';
import { numberingOf } from './numbering.ts';
import { placeholders } from './references.ts';
import { type Body, nextVersion, parseBody } from './rows.ts';
import { foldedOrNull } from './twins.ts';

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
export interface Draft {
  readonly uuid?: string | undefined;
  readonly name: string;
  readonly code?: string | undefined;
  readonly externalCode?: string | undefined;
  readonly syncId?: string | undefined;
  readonly archived?: boolean | undefined;
  /** Stored form of the fields that have no column (`fields.ts`). */
  readonly body?: Body | undefined;
}

export interface AssortmentDraft extends Draft {
  readonly article?: string | undefined;
  /** Keys of `entity`. */
  readonly folder?: number | undefined;
  readonly uom?: number | undefined;
  readonly supplier?: number | undefined;
  /** Of the folder, itself included: `Tools/Drills`. */
  readonly pathName?: string | undefined;
  /** ×10^4. */
  readonly minimumBalance?: number | undefined;
}

export interface EntityDraft extends Draft {
  /** Key of the parent of the same kind, and the names of the parents joined by `/`. */
  readonly parent?: number | undefined;
  readonly pathName?: string | undefined;
}

export interface PositionDraft {
  readonly uuid?: string | undefined;
  readonly assortment: number;
  /** ×10^4, above 0. */
  readonly quantity: number;
  /** Minor units ×10^4. */
  readonly price: number;
  /** Stored form of discount, vat and the like where they are not the default; mostly absent. */
  readonly body?: Body | undefined;
}

export interface DocumentDraft extends Omit<Draft, 'code' | 'archived'> {
  /** ms, at a full minute. */
  readonly moment: number;
  /** Default true. */
  readonly applicable?: boolean | undefined;
  readonly organization: number;
  readonly store?: number | undefined;
  readonly agent?: number | undefined;
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
export async function writeAssortments(
  tx: Writing,
  account: AccountKey,
  kind: string,
  drafts: readonly AssortmentDraft[],
  author: Author,
): Promise<Written> {
  const declared = kindNamed(kind);
  const first = await nextKey(tx, account, 'assortment');
  const rows = drafts.map((draft, index): Row => {
    const { article = null, folder = null, uom = null, supplier = null, minimumBalance = null } = draft;
    return [
      ...named(account, declared, first + index, draft, author),
      ...coded(draft),
      article,
      foldedOrNull(article),
      folder,
      uom,
      supplier,
      minimumBalance,
    ];
  });
  await tx.insertRows('assortment', ASSORTMENT, rows);
  return { first, touched: drafts.map((_, index) => first + index) };
}

/** Inserts stores, folders, counterparties and the like of one kind. */
export async function writeEntities(
  tx: Writing,
  account: AccountKey,
  kind: string,
  drafts: readonly EntityDraft[],
  author: Author,
): Promise<Written> {
  const declared = kindNamed(kind);
  const first = await nextKey(tx, account, 'entity');
  const rows = drafts.map(
    (draft, index): Row => [
      ...named(account, declared, first + index, draft, author),
      ...coded(draft),
      draft.parent ?? null,
    ],
  );
  await tx.insertRows('entity', ENTITY, rows);
  return { first, touched: [] };
}

/** Inserts documents of one kind with their positions, and posts them all at once. */
export async function writeDocuments(
  tx: Writing,
  account: AccountKey,
  kind: string,
  drafts: readonly DocumentDraft[],
  author: Author,
): Promise<Written> {
  const declared = kindNamed(kind);
  const first = await nextKey(tx, account, 'document');
  const positions: Row[] = [];
  const entries: Entry[] = [];
  const rows = drafts.map((draft, index): Row => {
    const id = first + index;
    const { moment, applicable = true, organization, store = null, agent = null } = draft;
    addPositions(positions, account, id, 1, draft.positions, author);
    addEntries(entries, declared, { id, moment, store, counts: applicable, from: 1 }, draft.positions);
    return [
      ...named(account, declared, id, draft, author),
      moment,
      applicable ? 1 : 0,
      organization,
      store,
      agent,
      safeSum(totalOf(draft.positions)),
      numberingOf(draft.name, moment, author.zone),
    ];
  });
  await tx.insertRows('document', DOCUMENT, rows);
  await tx.insertRows('position', POSITION, positions);
  return { first, touched: await post(tx, account, [], entries) };
}

interface GrowingRow {
  readonly id: number;
  readonly moment: number;
  readonly applicable: number;
  readonly deleted: number | null;
  readonly store: number | null;
  readonly sum: number;
  readonly body: string;
  readonly last: number | null;
}

/** Adds positions to documents of one kind, corrects their sums and posts. Answers the touched assortments. */
export async function growDocuments(
  tx: Writing,
  account: AccountKey,
  kind: string,
  growths: readonly Growth[],
  author: Author,
): Promise<readonly number[]> {
  const declared = kindNamed(kind);
  const growing = new Map(growths.map((growth) => [growth.document, growth.positions]));
  const documents = await tx.all<GrowingRow>(
    `select id, moment, applicable, deleted, store, sum, body,
        (select max(p.id) from position p where p.account = d.account and p.document = d.id) as last
      from document d where account = $1 and kind = $2 and id in (${placeholders([...growing], 3)})`,
    [account, kind, ...growing.keys()],
  );
  if (documents.length !== growing.size) throw new Error(`not all documents of kind ${kind} exist`);
  const rows: Row[] = [];
  const entries: Entry[] = [];
  for (const { id, moment, applicable, deleted, store, sum, body, last } of documents) {
    const added = growing.get(id) ?? [];
    const before = parseBody(body);
    const from = nextPosition(last ?? 0, before);
    const counts = applicable === 1 && deleted === null;
    addPositions(rows, account, id, from, added, author);
    addEntries(entries, declared, { id, moment, store, counts, from }, added);
    await tx.run('update document set sum = $1, updated = $2, body = $3 where account = $4 and id = $5', [
      safeSum(sum + totalOf(added)),
      author.now,
      JSON.stringify(nextVersion(before)),
      account,
      id,
    ]);
  }
  await tx.insertRows('position', POSITION, rows);
  return post(tx, account, [], entries);
}

async function nextKey(tx: Writing, account: AccountKey, table: Table): Promise<number> {
  const last = await tx.one<{ id: number | null }>(`select max(id) as id from ${table} where account = $1`, [
    account,
  ]);
  return (last?.id ?? 0) + 1;
}
