/**
 * Reads a file of order lines once, into compact columns grouped by document. The whole file is read before anything
 * is written, because a product is named by its first non-empty description and a document's lines may stand anywhere.
 * Memory: about 30 bytes a line, beside the distinct names.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvRecords, CsvUnreadable } from './csv-records.ts';
import {
  type ColumnIndexes,
  locateColumns,
  mapOrderLine,
  type OrderColumn,
  type OrderKind,
  type OrderLine,
} from './mapping.ts';

/** The file cannot be read as order lines at all. */
export class OrderFileUnreadable extends Error {
  override readonly name = 'OrderFileUnreadable';
}

export interface OrderDocument {
  readonly kind: OrderKind;
  readonly invoice: string;
  /** ms, of its first line. */
  readonly moment: number;
  /** Indexes into `stores` and `customers`, of its first line. */
  readonly store: number;
  readonly customer: number;
}

export interface Rejection {
  /** From 1, as an editor counts. */
  readonly line: number;
  readonly reason: string;
}

/** All that a file says; documents in the order of their first lines. */
export interface OrderBook {
  /** By StockCode: the first non-empty description, or ''. */
  readonly products: ReadonlyMap<string, string>;
  readonly codes: readonly string[];
  readonly stores: readonly string[];
  readonly customers: readonly string[];
  readonly documents: readonly OrderDocument[];
  readonly lines: number;
  /** Line numbers of document `d` are `order[starts[d]] … order[starts[d + 1] - 1]`, in the order of the file. */
  readonly starts: Uint32Array;
  readonly order: Uint32Array;
  /** Per line: index into `codes`; ×10^4; minor units ×10^4. */
  readonly product: Uint32Array;
  readonly quantity: Float64Array;
  readonly price: Float64Array;
  readonly rejections: readonly Rejection[];
}

export interface ReadOptions {
  readonly columns: Readonly<Partial<Record<OrderColumn, string>>>;
  readonly parseMoment: (text: string) => number | undefined;
  /** Called now and then with the bytes read and the size of the file. */
  readonly onProgress?: (bytes: number, ofBytes: number) => void;
}

const MOST_LINES = 50_000_000;
const MOST_REJECTIONS = 1_000_000;
const READ_BYTES = 1 << 18;
const LINES_A_REPORT = 10_000;

/** Gives each distinct text a small number, in the order of first sight. */
class Interner {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

/** A typed array that doubles when it is full. */
class Column<T extends Uint32Array | Float64Array> {
  #values: T;
  #length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(65_536);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  done(): T {
    return this.#values.subarray(0, this.#length) as T;
  }
}

/** Collects mapped lines; `book` groups them by document. */
class Collector {
  readonly #at: ColumnIndexes;
  readonly #codes = new Interner();
  readonly #stores = new Interner();
  readonly #customers = new Interner();
  readonly #documentKeys = new Interner();
  readonly #documents: OrderDocument[] = [];
  readonly #names: string[] = [];
  readonly #document = new Column((length) => new Uint32Array(length));
  readonly #product = new Column((length) => new Uint32Array(length));
  readonly #quantity = new Column((length) => new Float64Array(length));
  readonly #price = new Column((length) => new Float64Array(length));
  readonly #rejections: Rejection[] = [];
  readonly #parseMoment: (text: string) => number | undefined;
  /** The document of the last line: lines of one mostly follow each other. */
  #last: { readonly kind: OrderKind; readonly invoice: string; readonly document: number } | undefined;

  constructor(at: ColumnIndexes, options: Pick<ReadOptions, 'parseMoment'>) {
    this.#at = at;
    this.#parseMoment = rememberingLast(options.parseMoment);
  }

  add(record: readonly string[], lineNumber: number): void {
    const mapped = mapOrderLine(record, this.#at, this.#parseMoment);
    if ('rejected' in mapped) {
      if (this.#rejections.length === MOST_REJECTIONS) {
        throw new OrderFileUnreadable(
          `more than ${MOST_REJECTIONS} lines rejected; the last: ${mapped.rejected}`,
        );
      }
      this.#rejections.push({ line: lineNumber, reason: mapped.rejected });
      return;
    }
    const { line } = mapped;
    const document = this.#documentOf(line);
    const product = this.#codes.number(line.code);
    this.#names[product] ||= line.description;
    this.#document.push(document);
    this.#product.push(product);
    this.#quantity.push(line.quantity);
    this.#price.push(line.price);
  }

  #documentOf({ kind, invoice, moment, store, customer }: OrderLine): number {
    if (this.#last?.kind === kind && this.#last.invoice === invoice) return this.#last.document;
    const document = this.#documentKeys.number(`${kind} ${invoice}`);
    if (document === this.#documents.length) {
      const storeNumber = this.#stores.number(store);
      const customerNumber = this.#customers.number(customer);
      this.#documents.push({ kind, invoice, moment, store: storeNumber, customer: customerNumber });
    }
    this.#last = { kind, invoice, document };
    return document;
  }

  book(): OrderBook {
    const document = this.#document.done();
    const starts = new Uint32Array(this.#documents.length + 1);
    for (const number of document) starts[number + 1]!++;
    for (let d = 0; d < this.#documents.length; d++) starts[d + 1]! += starts[d]!;
    const next = starts.slice();
    const order = new Uint32Array(document.length);
    for (let line = 0; line < document.length; line++) order[next[document[line]!]!++] = line;
    return {
      products: new Map(this.#codes.texts.map((code, index) => [code, this.#names[index] ?? ''])),
      codes: this.#codes.texts,
      stores: this.#stores.texts,
      customers: this.#customers.texts,
      documents: this.#documents,
      lines: document.length + this.#rejections.length,
      starts,
      order,
      product: this.#product.done(),
      quantity: this.#quantity.done(),
      price: this.#price.done(),
      rejections: this.#rejections,
    };
  }
}

/** The lines of an invoice have one date: nine of ten are not read again. */
function rememberingLast(parse: (text: string) => number | undefined): (text: string) => number | undefined {
  let last: { readonly text: string; readonly moment: number | undefined } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, moment: parse(text) };
    return last.moment;
  };
}

/** Reads `path`, plain or gzip (by its first bytes). Throws `OrderFileUnreadable` when it has no order lines' form. */
export async function readOrderFile(path: string, options: ReadOptions): Promise<OrderBook> {
  const { size } = await stat(path);
  const unpack = (await isGzip(path)) ? [createGunzip()] : [];
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  let collector: Collector | undefined;
  const records = new CsvRecords((record, line) => {
    if (line > MOST_LINES) throw new OrderFileUnreadable(`more than ${MOST_LINES} lines`);
    if (collector === undefined) collector = new Collector(locate(record, options), options);
    else collector.add(record, line);
    if (line % LINES_A_REPORT === 0) options.onProgress?.(file.bytesRead, size);
  });
  await pipeline([file, ...unpack, (chunks: AsyncIterable<Buffer>) => readAll(chunks, records)]);
  if (collector === undefined) throw new OrderFileUnreadable('the file is empty');
  return collector.book();
}

async function readAll(chunks: AsyncIterable<Buffer>, records: CsvRecords): Promise<void> {
  try {
    for await (const chunk of chunks) records.add(chunk);
    records.end();
  } catch (error) {
    if (error instanceof CsvUnreadable) throw new OrderFileUnreadable(error.message, { cause: error });
    throw error;
  }
}

function locate(header: readonly string[], options: ReadOptions): ColumnIndexes {
  const at = locateColumns(header, options.columns);
  if ('missing' in at) {
    throw new OrderFileUnreadable(
      `the first line has no column ${at.missing.join(', ')}; it has ${header.join(', ')}. Rename with --column NAME=HEADER`,
    );
  }
  return at;
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
