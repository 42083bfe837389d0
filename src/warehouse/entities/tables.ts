/**
 * Three wide tables hold all kinds. What reports join, filter or order by is a column; the rest of an object's
 * fields is one JSON column. Keys are small integers beginning with the account's; the UUID is looked up at the edge.
 * `id` is one more than the account's greatest in that table, given under the account's write lock: its order is the
 * order of creation.
 */
import type { RoomMigrations } from '../../database/migrate.ts';

interface Named {
  account: number;
  id: number;
  uuid: string;
  /** The API's keyword: `product`, `store`, `demand`. */
  kind: string;
  name: string;
  /** Folded twins (contract/values.ts `fold`) for case-insensitive matching. */
  name_folded: string;
  code: string | null;
  code_folded: string | null;
  external_code: string;
  /** Set at creation only, unique within a kind: a second creation with it finds the object. */
  sync_id: string | null;
  /** Moments in ms. */
  created: number;
  updated: number;
  /** JSON of the fields that have no column. */
  body: string;
}

/** product now; variant, service, bundle, consignment later. */
export interface AssortmentTable extends Named {
  article: string | null;
  article_folded: string | null;
  archived: number;
  /** `entity.id` of the product folder, or null. */
  folder: number | null;
  /** Names of the folder and its parents joined by `/`; '' without a folder. Kept true by folder renames and moves. */
  path_name: string;
  /** Null while the path is ASCII (`twins.ts`). */
  path_name_folded: string | null;
  uom: number | null;
  supplier: number | null;
  /** ×10^4, null when none is set. */
  minimum_balance: number | null;
}

/** productfolder, uom, store, organization, counterparty, employee, group, currency, pricetype, … */
export interface EntityTable extends Named {
  archived: number;
  /** `entity.id` of the parent of the same kind (folders, stores, groups), or null. */
  parent: number | null;
  /** Names of the parents joined by `/`, without its own; '' at the top. */
  path_name: string;
  path_name_folded: string | null;
}

export interface DocumentTable extends Omit<Named, 'code' | 'code_folded'> {
  moment: number;
  applicable: number;
  /** When it went to the bin, or null. Binned documents count for nothing. */
  deleted: number | null;
  organization: number;
  store: number | null;
  agent: number | null;
  /** Minor units of the account's currency. */
  sum: number;
  /** Year × 10^11 + number where the name is a number (`numbering.ts`): the next one is an index away. */
  numbering: number | null;
}

export interface PositionTable {
  account: number;
  document: number;
  /** Order within the document, from 1; never reused while the document lives. */
  id: number;
  uuid: string;
  assortment: number;
  /** ×10^4. */
  quantity: number;
  /** Minor units ×10^4. */
  price: number;
  /** JSON of discount, vat, vatEnabled, reason, cost, … where they differ from their defaults; `{}` mostly. */
  body: string;
}

export interface EntityTables {
  assortment: AssortmentTable;
  entity: EntityTable;
  document: DocumentTable;
  position: PositionTable;
}

const named = `
  {rowid},
  account {int} not null, id {int} not null, uuid {text} not null, kind {text} not null,
  name {text} not null, name_folded {text} not null,
  external_code {text} not null, sync_id {text}, created {int} not null, updated {int} not null, body {text} not null`;
const coded = 'code {text}, code_folded {text}';

export const entityMigrations: RoomMigrations = {
  room: 'warehouse',
  migrations: [
    {
      name: '0001-kinds',
      statements: [
        `create table assortment (${named}, ${coded}, article {text}, article_folded {text},
          archived {int} not null, folder {int}, path_name {text} not null, path_name_folded {text}, uom {int},
          supplier {int}, minimum_balance {int}, unique (account, id), unique (account, uuid))`,
        // The order of the stock reports: group path, name, id. It covers what they read: without kind and uuid
        // 100,000 rows in an order unlike their creation's take 100 to 150 ms more.
        'create index assortment_path on assortment (account, archived, path_name, name, id, kind, uuid)',
        'create index assortment_code on assortment (account, kind, code)',
        // What a folder's rename and its deletion look for.
        'create index assortment_folder on assortment (account, folder)',
        `create table entity (${named}, ${coded}, archived {int} not null, parent {int},
          path_name {text} not null, path_name_folded {text}, unique (account, id), unique (account, uuid))`,
        'create index entity_name on entity (account, kind, name, id)',
        // A folder's subfolders: one step down the tree each.
        'create index entity_parent on entity (account, parent) where parent is not null',
        `create table document (${named}, moment {int} not null, applicable {int} not null, deleted {int},
          organization {int} not null, store {int}, agent {int}, sum {int} not null, numbering {int},
          unique (account, id), unique (account, uuid))`,
        'create index document_moment on document (account, kind, moment, id)',
        'create index document_name on document (account, kind, name)',
        'create index document_numbering on document (account, kind, numbering)',
        ...['assortment', 'entity', 'document'].map(
          (table) =>
            `create unique index ${table}_sync on ${table} (account, kind, sync_id) where sync_id is not null`,
        ),
        `create table position (account {int} not null, document {int} not null, id {int} not null,
          uuid {text} not null, assortment {int} not null, quantity {int} not null, price {int} not null,
          body {text} not null, primary key (account, document, id)) {clustered}`,
        // Who uses this product: deletion (1028) and recomputation.
        'create index position_assortment on position (account, assortment, document)',
      ],
    },
  ],
};
