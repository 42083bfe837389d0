/** From drafts to rows, positions and register entries. Pure but for the ids. */
import { apiError } from '../../contract/errors.ts';
import { fold } from '../../contract/values.ts';
import type { Cell, Row } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { positionSum } from '../amounts.ts';
import { type Entry, entriesOf } from '../ledger/entries.ts';
import type { Author, Draft, PositionDraft } from './drafts.ts';
import type { Kind } from './kind.ts';
import type { Body } from './rows.ts';
import { foldedOrNull, pathTwin, withTwins } from './twins.ts';

const NAMED = [
  'account',
  'id',
  'uuid',
  'kind',
  'name',
  'name_folded',
  'external_code',
  'sync_id',
  'created',
  'updated',
] as const;
const CODED = ['code', 'code_folded', 'archived', 'path_name', 'path_name_folded'] as const;
/** Columns of the tables, in the order in which rows are built. */
export const ASSORTMENT = [
  ...NAMED,
  'body',
  ...CODED,
  'article',
  'article_folded',
  'folder',
  'uom',
  'supplier',
  'minimum_balance',
];
export const ENTITY = [...NAMED, 'body', ...CODED, 'parent'];
export const DOCUMENT = [
  ...NAMED,
  'body',
  'moment',
  'applicable',
  'organization',
  'store',
  'agent',
  'sum',
  'numbering',
];
export const POSITION = ['account', 'document', 'id', 'uuid', 'assortment', 'quantity', 'price', 'body'];

/**
 * The number of a document's next position: one more than the greatest it ever had. `lastPosition` in the body
 * remembers it where the greatest was deleted.
 */
export function nextPosition(greatest: number, body: Body): number {
  const { lastPosition } = body;
  return Math.max(greatest, typeof lastPosition === 'number' ? lastPosition : 0) + 1;
}

/** Sum of positions in minor units. No safe integer where it is beyond 2^53. */
export function totalOf(positions: readonly PositionDraft[]): number {
  let sum = 0;
  for (const { price, quantity, body } of positions) {
    const discount = body?.discount;
    sum += positionSum(price, quantity, typeof discount === 'number' ? discount : 0);
  }
  return sum;
}

/** The sum of a document is no number that its column and JSON carry. */
export class SumBeyondBound extends Error {
  override readonly name = 'SumBeyondBound';
}

/** The API's refusal of positions whose sum is beyond 2^53. */
export const sumTooLarge = () => apiError(3008, ['sum'], { parameter: 'sum', path: ['positions'] });

/** A sum that an integer column and JSON carry; throws `SumBeyondBound`. */
export function safeSum(sum: number): number {
  if (!Number.isSafeInteger(sum)) throw new SumBeyondBound('the sum of a document would go beyond 2^53');
  return sum;
}

/** The cells of `NAMED` and the body. */
export function named(account: AccountKey, kind: Kind, id: number, draft: Draft, author: Author): Cell[] {
  const { uuid = author.ids.uuid(), name, syncId = null, externalCode = externalCodeOf(uuid) } = draft;
  const { now } = author;
  const body = withTwins(
    kind,
    { name, external_code: externalCode },
    { ...belongsTo(kind, author), ...draft.body },
  );
  return [
    account,
    id,
    uuid,
    kind.type,
    name,
    fold(name),
    externalCode,
    syncId,
    now,
    now,
    JSON.stringify(body),
  ];
}

function belongsTo(kind: Kind, { owner, group }: Author): Body {
  return {
    ...(owner !== undefined && kind.fields.owner !== undefined && { owner: `employee/${owner}` }),
    ...(group !== undefined && kind.fields.group !== undefined && { group: `group/${group}` }),
  };
}

/** 22 characters from the 128 bits of the id, as generated codes of the API look. */
export const externalCodeOf = (uuid: string): string =>
  Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');

/** The cells of `CODED`. */
export function coded({
  code,
  archived = false,
  pathName = '',
}: Draft & { readonly pathName?: string | undefined }): Cell[] {
  return [code ?? null, foldedOrNull(code), archived ? 1 : 0, pathName, pathTwin(pathName)];
}

/** Appends the rows of positions numbered from `from`. */
export function addPositions(
  rows: Row[],
  account: AccountKey,
  document: number,
  from: number,
  drafts: readonly PositionDraft[],
  { ids }: Author,
): void {
  let id = from;
  for (const { uuid, assortment, quantity, price, body } of drafts) {
    const json = body === undefined ? '{}' : JSON.stringify(body);
    rows.push([account, document, id++, uuid ?? ids.uuid(), assortment, quantity, price, json]);
  }
}

/** What a document's movements take from it. */
interface Moving {
  readonly id: number;
  readonly moment: number;
  readonly store: number | null;
  readonly counts: boolean;
  /** Number of the first position. */
  readonly from: number;
}

/** Appends the register entries of positions, by the rules of the kind. */
export function addEntries(
  entries: Entry[],
  kind: Kind,
  { id, moment, store, counts, from }: Moving,
  drafts: readonly PositionDraft[],
): void {
  const positions = drafts.map(({ assortment, quantity }, index) => ({
    id: from + index,
    assortment,
    quantity,
  }));
  const stores = store === null ? {} : { store };
  for (const entry of entriesOf(kind.posts, { document: id, moment, counts, stores, positions })) {
    entries.push(entry);
  }
}
