/**
 * What a kind of object declares. A kind is data: one small file in `kinds/` and one line in `kinds/index.ts` make
 * `entity/{type}` readable, writable, filterable and, for a document, postable.
 */
import type { ErrorCode } from '../../contract/errors.ts';
import type { PostingRule } from '../ledger/entries.ts';
import type { Field } from './fields.ts';
import type { ObjectRow } from './rows.ts';

/** The wide table that holds a kind's objects. */
export type Table = 'assortment' | 'entity' | 'document';

/** Fields by their names in the API, in the order in which they are printed. */
export type Fields = Readonly<Record<string, Field>>;

export interface Search {
  /** Text fields. */
  readonly fields: readonly string[];
  /** `words`: each word begins a word of some field; `substring`: the whole text stands in some field. */
  readonly match: 'words' | 'substring';
}

/** Values that no two objects of a kind may share, and the error that says so. */
export interface UniqueRule {
  readonly field: string;
  readonly code: ErrorCode & (3006 | 60001);
}

/** A field that some objects of a kind must keep as it is, and the error that says so. */
export interface FixedRule {
  readonly field: string;
  readonly code: ErrorCode & 31003;
  readonly of: (row: ObjectRow) => boolean;
}

/** Positions of a document. `assortment`, `quantity` and `price` are columns. */
export interface Positions {
  readonly fields: Fields;
}

export interface Kind {
  /** `meta.type` and the word in the path. */
  readonly type: string;
  readonly table: Table;
  readonly fields: Fields;
  readonly search: Search;
  /** Whether `entity/{type}` answers; price types live under the company's settings. */
  readonly hasRoute: boolean;
  /** Whether objects show the account, and lists are filtered by it (contract: kinds.json). */
  readonly accountId: 'filtered' | 'shown' | 'hidden';
  /** The field that leads to the folder or parent whose path, itself included, is the `pathName`. */
  readonly parentField?: string;
  /** The name of an object that has no `name` to be written: an employee's. */
  readonly nameOf?: (row: Pick<ObjectRow, 'body'>) => string;
  /** At creation: the body with what it leaves to a list of ours; throws `ApiError` where the list has no such thing. */
  readonly complete?: (body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly unique: readonly UniqueRule[];
  readonly fixed: readonly FixedRule[];
  /** Why an object must not be deleted, whether or not it is in use. */
  readonly keeps?: (row: ObjectRow) => (ErrorCode & (1025 | 31000)) | undefined;
  /** Of a document. */
  readonly positions?: Positions;
  readonly posts: readonly PostingRule[];
}

type Optional = 'hasRoute' | 'accountId' | 'unique' | 'fixed' | 'posts' | 'search';

/** A kind from its declaration; what most kinds have in common need not be said. */
export const declareKind = (declared: Omit<Kind, Optional> & Partial<Pick<Kind, Optional>>): Kind => ({
  hasRoute: true,
  accountId: 'filtered',
  unique: [],
  fixed: [],
  posts: [],
  search: { fields: ['name'], match: 'words' },
  ...declared,
});

/** All kinds by their types. */
export type Kinds = ReadonlyMap<string, Kind>;
