import { randomInt } from 'node:crypto';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { breathe } from '../breathe.ts';
import {
  type Cell,
  CheckViolation,
  DatabaseBusy,
  DatabaseClosed,
  type Row,
  UniqueViolation,
} from '../database.ts';
import { bindable, positional } from './values.ts';

/** Prepared statements kept per connection. */
const STATEMENTS_MAX = 500;
/** How long a statement waits for a lock in all, in ms. */
const BUSY_WAIT_MS = 60_000;
/** Longest pause between two tries, in ms: shorter than the gap that a guest leaves for us (`engine.ts`). */
const BUSY_PAUSE_MAX_MS = 6;

const BUSY = 5;
/** A read transaction that wanted to write after someone else had: waiting cannot help. */
const BUSY_SNAPSHOT = 517;
const UNIQUE = new Set([1555, 2067, 2579]);
const CHECK = 275;

export interface Prepared {
  readonly statement: StatementSync;
  /** Names of the result's columns; empty when it gives no rows. */
  readonly columns: readonly string[];
  readonly parameters: number;
}

export interface ConnectionOptions {
  readonly readOnly: boolean;
  /** SQLite's own waiting, which blocks the event loop: 0 in a serving process. */
  readonly timeoutMs: number;
  readonly pragmas: readonly string[];
}

/** One connection to the file, its prepared statements, and the patience for locks. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static async open(path: string, options: ConnectionOptions): Promise<Connection> {
    const database = openFile(path, options);
    const connection = new Connection(database);
    try {
      for (const pragma of options.pragmas) await connection.exec(pragma);
    } catch (error) {
      database.close();
      throw error;
    }
    return connection;
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  async rows(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    return this.#patiently(() => {
      const prepared = this.#prepare(text);
      return readAll(prepared, bind(prepared, text, params));
    });
  }

  async objects<R extends object>(text: string, params: readonly unknown[] = []): Promise<R[]> {
    return this.#patiently(() => {
      const prepared = this.#prepare(text);
      const { columns } = prepared;
      return readAll(prepared, bind(prepared, text, params)).map((row) => toObject<R>(columns, row));
    });
  }

  async first<R extends object>(text: string, params: readonly unknown[] = []): Promise<R | undefined> {
    return this.#patiently(() => {
      const prepared = this.#prepare(text);
      // `returnArrays` makes rows arrays; the type declarations know objects only.
      const row = prepared.statement.get(...bind(prepared, text, params)) as unknown as Row | undefined;
      return row === undefined ? undefined : toObject<R>(prepared.columns, row);
    });
  }

  async run(text: string, params: readonly unknown[] = []): Promise<number> {
    return this.#patiently(() => {
      const prepared = this.#prepare(text);
      return Number(prepared.statement.run(...bind(prepared, text, params)).changes);
    });
  }

  /** What a query builder needs: rows where the statement gives some, else the number of changed ones. */
  async execute(text: string, params: readonly unknown[]): Promise<{ rows: object[]; changes?: number }> {
    const givesRows = await this.#patiently(() => this.#prepare(text).columns.length > 0);
    if (givesRows) return { rows: await this.objects(text, params) };
    return { rows: [], changes: await this.run(text, params) };
  }

  /** Several statements without parameters or rows, not kept. */
  async exec(text: string): Promise<void> {
    await this.#patiently(() => this.#database.exec(text));
  }

  /** `exec` without waiting for a lock, for what must happen now. */
  execNow(text: string): void {
    this.#database.exec(text);
  }

  /** A statement of its own, not shared: it may be open while the same text runs again. */
  prepareApart(text: string): Prepared {
    const { text: sql, parameters } = positional(text);
    const statement = this.#database.prepare(sql);
    return { statement, parameters, columns: statement.columns().map(({ name }) => name) };
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known !== undefined) {
      // Re-inserted only when the cache is full, so that the first of the map is the one used longest ago.
      if (this.#prepared.size === STATEMENTS_MAX) {
        this.#prepared.delete(text);
        this.#prepared.set(text, known);
      }
      return known;
    }
    if (this.#prepared.size === STATEMENTS_MAX) {
      for (const oldest of this.#prepared.keys()) {
        this.#prepared.delete(oldest);
        break;
      }
    }
    const prepared = this.prepareApart(text);
    this.#prepared.set(text, prepared);
    return prepared;
  }

  /** Tries until no lock is in the way, awaiting in between, so that the event loop stays free. */
  async #patiently<T>(attempt: () => T): Promise<T> {
    const rest = breathe();
    if (rest !== undefined) await rest;
    const startedAt = performance.now();
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, BUSY_PAUSE_MAX_MS)) {
      // It may have been closed while we waited.
      if (!this.#database.isOpen) throw new DatabaseClosed('the database is closed');
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error)) throw translated(error);
        if (performance.now() - startedAt > BUSY_WAIT_MS)
          throw new DatabaseBusy(`the database was locked for ${BUSY_WAIT_MS} ms`, { cause: error });
      }
      await pause(randomInt(1, pauseMs + 2));
    }
  }
}

function openFile(path: string, { readOnly, timeoutMs }: ConnectionOptions): DatabaseSync {
  try {
    return new DatabaseSync(path, {
      readOnly,
      timeout: timeoutMs,
      enableForeignKeyConstraints: false,
      returnArrays: true,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot open the database ${path}: ${reason}`, { cause });
  }
}

/** The parameters as they are bound; too few would silently be NULL. */
export function bind(prepared: Prepared, text: string, params: readonly unknown[]): SQLInputValue[] {
  if (params.length !== prepared.parameters)
    throw new RangeError(`${prepared.parameters} parameters expected, ${params.length} given: ${text}`);
  return params.map(bindable);
}

/** All rows as arrays. */
export function readAll(prepared: Prepared, bound: readonly SQLInputValue[]): Row[] {
  // `returnArrays` makes rows arrays; the type declarations know objects only.
  return prepared.statement.all(...bound) as unknown as Row[];
}

/** An ordinary object of a row: `node:sqlite`'s own have no prototype and take twice the time (313 against 152 ms). */
function toObject<R extends object>(columns: readonly string[], row: Row): R {
  const object: Record<string, Cell> = {};
  for (let index = 0; index < columns.length; index++) object[columns[index]!] = row[index]!;
  return object as R;
}

function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : 0;
}

function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return (code & 255) === BUSY && code !== BUSY_SNAPSHOT;
}

function translated(error: unknown): unknown {
  const code = sqliteCode(error);
  if (!(error instanceof Error)) return error;
  if (code === CHECK) return new CheckViolation(error.message, { cause: error });
  return UNIQUE.has(code) ? new UniqueViolation(error.message, { cause: error }) : error;
}
