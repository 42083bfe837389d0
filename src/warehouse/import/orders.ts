/**
 * Order lines into catalog and documents. What stands in the database is where we were: documents are known by (kind,
 * number), each is written whole in one transaction, so an interrupted import goes on when it is run again, the same
 * file changes nothing, and one that grew adds only what is new, also to documents that got longer.
 */
import type { Database, Queries, Writing } from '../../database/database.ts';
import type { Clock } from '../../platform/clock.ts';
import type { AccountKey, Ids } from '../../platform/ids.ts';
import { SumBeyondBound } from '../entities/draft-rows.ts';
import {
  type Author,
  type DocumentDraft,
  type Growth,
  growDocuments,
  type PositionDraft,
  writeAssortments,
  writeDocuments,
  writeEntities,
} from '../entities/drafts.ts';
import { recordChange } from '../ledger/changes.ts';
import { StockBeyondBound } from '../ledger/post.ts';
import { readSeeded, type Seeded } from './author.ts';
import type { OrderKind } from './mapping.ts';
import type { OrderBook } from './order-file.ts';

/** Bounds of one transaction: it holds the writer for a fraction of a second. */
export const MOST_POSITIONS_A_TRANSACTION = 10_000;
const MOST_CATALOG_ROWS_A_TRANSACTION = 5_000;
const MINUTE_MS = 60_000;
const ORDER_KINDS: readonly OrderKind[] = ['demand', 'salesreturn', 'loss'];

/** The books cannot hold what the file says; the message names the invoices. */
export class OrdersRefused extends Error {
  override readonly name = 'OrdersRefused';
}

export interface OrderImport {
  readonly database: Database;
  readonly account: AccountKey;
  readonly clock: Clock;
  readonly ids: Ids;
  /** IANA name. */
  readonly zone: string;
  /** Stops between two transactions. */
  readonly signal: AbortSignal;
  /** Called after each transaction with the positions behind us and in all. */
  readonly onProgress?: (positions: number, ofPositions: number) => void;
}

/** What an import did. `interrupted`: run it again to go on. */
export interface OrderImportOutcome {
  readonly products: number;
  readonly stores: number;
  readonly counterparties: number;
  readonly documents: number;
  readonly grownDocuments: number;
  readonly positions: number;
  /** Documents of the file that stood already. */
  readonly knownDocuments: number;
  readonly interrupted: boolean;
}

/** A document that stands: its key and the greatest number that a position of it ever had. */
interface Known {
  readonly id: number;
  readonly positions: number;
}

/** Writes what is new in `book`. */
export async function importOrders(book: OrderBook, job: OrderImport): Promise<OrderImportOutcome> {
  const seeded = await readSeeded(job.database, job.account, {
    now: job.clock.now(),
    zone: job.zone,
    ids: job.ids,
  });
  const { author } = seeded;
  const catalog = await writeCatalog(book, job, seeded);
  const known = await job.database.read((queries) => readKnown(queries, job.account));
  const counts = { documents: 0, grownDocuments: 0, positions: 0, knownDocuments: 0, behind: 0 };
  for (const batch of batches(book)) {
    if (job.signal.aborted) break;
    const news = batch.filter((d) => linesOf(book, d) > (known.get(keyOf(book, d))?.positions ?? 0));
    if (news.length > 0) {
      const written = await inLedger(job, book, news, (tx) =>
        writeBatch(tx, job, author, book, catalog, known, news),
      );
      counts.documents += written.documents;
      counts.grownDocuments += written.grown;
      counts.positions += written.positions;
    }
    counts.knownDocuments += batch.length - news.length;
    counts.behind += batch.reduce((sum, d) => sum + linesOf(book, d), 0);
    job.onProgress?.(counts.behind, book.order.length);
  }
  const { behind, ...done } = counts;
  return { ...catalog.made, ...done, interrupted: behind < book.order.length };
}

/** Runs a transaction of documents; where their stock or sums cannot be kept, the error says which they are. */
async function inLedger<T>(
  { database, account }: OrderImport,
  { documents }: OrderBook,
  batch: readonly number[],
  work: (tx: Writing) => Promise<T>,
): Promise<T> {
  try {
    return await database.write(work, { space: 'ledger', key: account });
  } catch (error) {
    if (!(error instanceof StockBeyondBound || error instanceof SumBeyondBound)) throw error;
    const [first, last] = [batch[0], batch.at(-1)].map((each = 0) => documents[each]?.invoice);
    const message = `${error.message} by the invoices ${first} to ${last} of the file: none of them was imported`;
    throw new OrdersRefused(message, { cause: error });
  }
}

const linesOf = (book: OrderBook, document: number): number =>
  book.starts[document + 1]! - book.starts[document]!;

const keyOf = (book: OrderBook, document: number): string => {
  const { kind, invoice } = book.documents[document]!;
  return `${kind} ${invoice}`;
};

/** Documents in the order of the file, in groups that fit a transaction; one that is longer is a group by itself. */
function* batches(book: OrderBook): Generator<readonly number[]> {
  let batch: number[] = [];
  let positions = 0;
  for (let document = 0; document < book.documents.length; document++) {
    const lines = linesOf(book, document);
    if (batch.length > 0 && positions + lines > MOST_POSITIONS_A_TRANSACTION) {
      yield batch;
      batch = [];
      positions = 0;
    }
    batch.push(document);
    positions += lines;
  }
  if (batch.length > 0) yield batch;
}

interface Catalog {
  /** Keys by index into the book's codes, stores and customers. */
  readonly products: readonly number[];
  readonly stores: readonly number[];
  readonly customers: readonly number[];
  readonly organization: number;
  readonly made: { readonly products: number; readonly stores: number; readonly counterparties: number };
}

async function writeCatalog(book: OrderBook, job: OrderImport, seeded: Seeded): Promise<Catalog> {
  const { author } = seeded;
  const products = await ensure(job, book.codes, 'product', 'assortment', 'code', (tx, codes) =>
    writeAssortments(
      tx,
      job.account,
      'product',
      codes.map((code) => ({ code, name: book.products.get(code) || code })),
      author,
    ),
  );
  const named = (kind: 'store' | 'counterparty', names: readonly string[]) =>
    ensure(job, names, kind, 'entity', 'name', (tx, missing) =>
      writeEntities(
        tx,
        job.account,
        kind,
        missing.map((name) => ({ name })),
        author,
      ),
    );
  const stores = await named('store', book.stores);
  const customers = await named('counterparty', book.customers);
  return {
    products: products.keys,
    stores: stores.keys,
    customers: customers.keys,
    organization: seeded.organization,
    made: { products: products.made, stores: stores.made, counterparties: customers.made },
  };
}

/** Keys of the objects of a kind by name or code; those that are missing are made, in bounded transactions. */
async function ensure(
  job: OrderImport,
  texts: readonly string[],
  kind: string,
  table: 'assortment' | 'entity',
  column: 'code' | 'name',
  write: (tx: Writing, missing: readonly string[]) => Promise<{ first: number; touched: readonly number[] }>,
): Promise<{ keys: readonly number[]; made: number }> {
  const rows = await job.database.read((queries) =>
    queries.all<{ id: number; text: string }>(
      // The oldest wins where several have one name: descending, so that it is the last to be set.
      `select id, ${column} as text from ${table} where account = $1 and kind = $2 and ${column} is not null
        order by id desc`,
      [job.account, kind],
    ),
  );
  const known = new Map(rows.map(({ id, text }) => [text, id]));
  const missing = texts.filter((text) => !known.has(text));
  for (let at = 0; at < missing.length && !job.signal.aborted; at += MOST_CATALOG_ROWS_A_TRANSACTION) {
    const part = missing.slice(at, at + MOST_CATALOG_ROWS_A_TRANSACTION);
    const written = await job.database.write(
      async (tx) => {
        const outcome = await write(tx, part);
        await recordChange(tx, job.account, outcome.touched, job.clock.now());
        return outcome;
      },
      { space: 'ledger', key: job.account },
    );
    part.forEach((text, index) => {
      known.set(text, written.first + index);
    });
  }
  return { keys: texts.map((text) => known.get(text) ?? 0), made: missing.length };
}

async function readKnown(queries: Queries, account: AccountKey): Promise<ReadonlyMap<string, Known>> {
  const rows = await queries.all<{ kind: string; name: string; id: number; positions: number | null }>(
    `select d.kind, d.name, d.id,
        (select max(p.id) from position p where p.account = d.account and p.document = d.id) as positions
      from document d where d.account = $1 and d.kind in ('demand', 'salesreturn', 'loss') order by d.id desc`,
    [account],
  );
  return new Map(
    rows.map(({ kind, name, id, positions }) => [`${kind} ${name}`, { id, positions: positions ?? 0 }]),
  );
}

/** New documents and new positions of known ones, one kind after another, and one entry in the change log. */
async function writeBatch(
  tx: Writing,
  job: OrderImport,
  author: Author,
  book: OrderBook,
  catalog: Catalog,
  known: ReadonlyMap<string, Known>,
  documents: readonly number[],
): Promise<{ documents: number; grown: number; positions: number }> {
  const touched = new Set<number>();
  const counts = { documents: 0, grown: 0, positions: 0 };
  for (const kind of ORDER_KINDS) {
    const drafts: DocumentDraft[] = [];
    const growths: Growth[] = [];
    for (const document of documents) {
      if (book.documents[document]!.kind !== kind) continue;
      const before = known.get(keyOf(book, document));
      const positions = positionsOf(book, catalog, document, before?.positions ?? 0);
      counts.positions += positions.length;
      if (before !== undefined) growths.push({ document: before.id, positions });
      else drafts.push(draftOf(book, catalog, document, positions));
    }
    if (drafts.length > 0) {
      const written = await writeDocuments(tx, job.account, kind, drafts, author);
      for (const assortment of written.touched) touched.add(assortment);
    }
    if (growths.length > 0) {
      for (const assortment of await growDocuments(tx, job.account, kind, growths, author))
        touched.add(assortment);
    }
    counts.documents += drafts.length;
    counts.grown += growths.length;
  }
  await recordChange(tx, job.account, [...touched], job.clock.now());
  return counts;
}

function draftOf(
  book: OrderBook,
  catalog: Catalog,
  document: number,
  positions: readonly PositionDraft[],
): DocumentDraft {
  const { kind, invoice, moment, store, customer } = book.documents[document]!;
  return {
    name: invoice,
    moment: Math.floor(moment / MINUTE_MS) * MINUTE_MS,
    organization: catalog.organization,
    store: catalog.stores[store]!,
    // A loss has no agent: it goes to nobody.
    ...(kind !== 'loss' && { agent: catalog.customers[customer]! }),
    positions,
  };
}

function positionsOf(book: OrderBook, catalog: Catalog, document: number, skip: number): PositionDraft[] {
  const positions: PositionDraft[] = [];
  for (let at = book.starts[document]! + skip; at < book.starts[document + 1]!; at++) {
    const line = book.order[at]!;
    positions.push({
      assortment: catalog.products[book.product[line]!]!,
      quantity: book.quantity[line]!,
      price: book.price[line]!,
    });
  }
  return positions;
}
