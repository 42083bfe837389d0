/**
 * What the exchange asks of the world. It knows no warehouse and no HTTP: it makes tasks and files out of any slow
 * source of rows.
 */
import type { Readable } from 'node:stream';

/** One request for a report or a list, as its source gets it. Plain data: it crosses to another process. */
export interface SourceRequest {
  /** The account's small integer. */
  readonly account: number;
  /** Path below the base, no slash at the ends: `report/stock/bystore`. */
  readonly path: string;
  /** The query as sent, without `?`. */
  readonly query: string;
  /** `{scheme}://{host}/api/remap/1.2`, no slash at the end: hrefs are made with it. */
  readonly base: string;
  /** The whole URL as sent. */
  readonly url: string;
  /** Who asks: opaque to the exchange, given back to the source. */
  readonly principal: unknown;
  /** Language of error texts. */
  readonly language: 'en' | 'ru';
}

/** A window of rows; none means all rows (the asynchronous form). */
export interface Window {
  readonly limit: number;
  readonly offset: number;
}

/** A value of a row. `Rows` are a nested list (e.g. a product's cells). */
export type Value = null | number | string | readonly Value[];
export type RowBatch = readonly (readonly Value[])[];

/**
 * How a row is written, compiled once. Columns are indexes into the row.
 * - `literal`: JSON text as it stands
 * - `text`: a JSON string; `integer`: a JSON number; `decimal`: an integer scaled by 10^4, written exactly
 * - `raw`: the column holds JSON text
 * - `fragment`: the column is an index into a table of JSON texts
 * - `optional`: the parts only where the column is not null (JSON members carry their own commas in `literal`)
 * - `list`: the column holds rows; written as an array, each by `parts`
 */
export type Part =
  | { readonly literal: string }
  | { readonly text: number }
  | { readonly integer: number }
  | { readonly decimal: number }
  | { readonly raw: number }
  | { readonly fragment: number; readonly table: readonly string[] }
  | { readonly optional: number; readonly parts: readonly Part[] }
  | { readonly list: number; readonly parts: readonly Part[] };
export type Shape = readonly Part[];

/** An answer under construction, from one snapshot. */
export interface Opened {
  /** The members before `rows` (context, meta); without `shape` it is the whole body. */
  readonly head: object;
  readonly shape?: Shape;
  /** Rows that `batches` will yield in all: of the window, or of the whole. */
  readonly total: number;
  readonly batches?: AsyncIterable<RowBatch>;
  /** Of the read transaction: ledger sequence and its stamp (ms). */
  readonly snapshot: { readonly sequence: number; readonly moment: number };
}

/** The request itself is wrong: what the synchronous twin answers. Thrown by a source. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly status: number;
  readonly errors: readonly object[];
  constructor(status: number, errors: readonly object[]) {
    super(`request refused with ${status}`);
    this.status = status;
    this.errors = errors;
  }
}

/**
 * A source of answers. Lives in a worker process, for many requests. Named by its module's URL: the module's default
 * export is `SourceOpener`.
 */
export interface Source {
  /**
   * Opens the answer, hands it to `use`, and closes its snapshot when `use` ends, however it ends.
   * Throws `RequestRefused` for a wrong request; anything else is an internal failure.
   */
  open<T>(
    request: SourceRequest,
    window: Window | undefined,
    signal: AbortSignal,
    use: (opened: Opened) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}
/** `config` is plain data from the parent (database URL, clock, …). */
export type SourceOpener = (config: unknown) => Promise<Source>;

/** What is known of a stored result once it is complete. */
export interface StoredResult {
  readonly name: string;
  /** Plain bytes and their digest; stored (gzip) bytes and theirs. Digests in lower-case hex. */
  readonly bytes: number;
  readonly sha256: string;
  readonly storedBytes: number;
  readonly storedSha256: string;
}

export interface ResultWriter {
  /** Appends stored bytes; resolves when the next may come. The buffer may be reused afterwards. */
  write(piece: Uint8Array): Promise<void>;
  /** Makes what was written durable: after it a power cut loses nothing. `index` is kept beside the file. */
  finish(index: Uint8Array): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

export interface ResultStore {
  /** Begins a result under a name that was never used. */
  create(name: string): Promise<ResultWriter>;
  /** Stored bytes [start, end) of a complete result; undefined when it is gone. */
  read(name: string, start: number, end: number): Promise<Readable | undefined>;
  /** The index given to `finish`. */
  index(name: string): Promise<Uint8Array | undefined>;
  delete(name: string): Promise<void>;
  /** Every name, complete or not: the sweep compares it with the tasks. */
  list(): AsyncIterable<string>;
  close(): Promise<void>;
}
