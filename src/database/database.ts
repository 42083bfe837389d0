/**
 * The face of the two engines. Rooms write Kysely or plain SQL in the common subset; whatever the engines do
 * differently is a named capability here, with one body in `sqlite/` and one in `postgres/`.
 *
 * Conventions on both engines: moments are integers (ms since the epoch), quantities and money scaled integers,
 * booleans 0/1, JSON is text, UUIDs are lower-case text. An integer column reads as a number; one beyond 2^53
 * throws instead of losing digits. Text compares by its UTF-8 bytes.
 */
import type { Compilable, Kysely } from 'kysely';

/** What a column can hold. */
export type Cell = null | number | string | Uint8Array;
/** A row as an array, in the order of the selected columns. */
export type Row = readonly Cell[];

export interface Statement {
  /** SQL of the common subset with `$1`, `$2`, … for parameters. */
  readonly text: string;
  readonly params: readonly Cell[];
}

/** What to do where a row with the same key exists: fail (no option), keep it, overwrite `replace`, or add `add` to it. */
export interface Conflict {
  readonly key: readonly string[];
  readonly replace?: readonly string[];
  readonly add?: readonly string[];
}

/**
 * SQL of a member of the JSON object in a text column; null where it is absent. The path is made of the code's own
 * words, never of a request's.
 */
export interface JsonMembers {
  /** As text that compares by bytes. */
  text(column: string, ...path: readonly string[]): string;
  integer(column: string, ...path: readonly string[]): string;
}

/** One transaction. Its methods must not be used after the work that received it has ended. */
export interface Queries {
  /** The typed builder over a room's tables: `tx.tables<ExchangeTables>().selectFrom('task')…`. */
  tables<T>(): Kysely<T>;
  /** Members of JSON columns in SQL. */
  readonly json: JsonMembers;
  /** Rows as objects. Statements are prepared once per connection, so constant texts are cheap. */
  all<R extends object>(text: string, params?: readonly Cell[]): Promise<R[]>;
  /** The first row, if any. */
  one<R extends object>(text: string, params?: readonly Cell[]): Promise<R | undefined>;
  /** Runs a statement; the number of rows it changed. */
  run(text: string, params?: readonly Cell[]): Promise<number>;
  /**
   * Writes many rows by one prepared statement (SQLite) or one `unnest` (PostgreSQL). Rows must not repeat a key
   * among themselves. Any number of rows; batches are made inside.
   */
  insertRows(
    table: string,
    columns: readonly string[],
    rows: readonly Row[],
    onConflict?: Conflict,
  ): Promise<void>;
  /** Deletes by key: each row holds one value per key column. */
  deleteRows(table: string, key: readonly string[], rows: readonly Row[]): Promise<void>;
}

/** A write transaction. */
export interface Writing extends Queries {
  /**
   * Wakes whoever listens to `channel`, in this process and in others, once and only if this transaction commits.
   * A hint: listeners poll as well.
   */
  wake(channel: string): void;
}

/** Children of a parent row: `select <columns> from <from> where <where> and <key> = …` per parent. */
export interface Children {
  readonly columns: readonly string[];
  readonly from: string;
  /** Condition in the common subset with `$1`…; the engine adds the comparison with the parent's key. */
  readonly where: string;
  readonly params: readonly Cell[];
  /** The column that equals the parent's first column. */
  readonly key: string;
  readonly groupBy?: string;
  readonly orderBy?: string;
}

/** A parent row and its children, in order. */
export type Family = readonly [parent: Row, children: readonly Row[]];

/** One read transaction over one committed state, however long it lasts. */
export interface Snapshot extends Queries {
  /** Rows of a query in batches, as arrays, through a cursor: constant memory. */
  batches(query: Statement, batchRows: number): AsyncIterable<readonly Row[]>;
  /**
   * A parent query whose first column is an integer key, each row with its children. On SQLite a prepared read per
   * parent (measured: 1.8 times faster than the join), on PostgreSQL one read per batch of parents.
   */
  families(parents: Statement, children: Children, batchRows: number): AsyncIterable<readonly Family[]>;
}

/** Writers that name the same lock are serial; others may run side by side where the engine can. */
export interface WriteLock {
  readonly space: 'ledger' | 'migrations';
  readonly key: number;
}

export interface Database {
  readonly engine: 'sqlite' | 'postgres';
  /** Short reads, each statement by itself: no snapshot over several. */
  read<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /**
   * One transaction; commits when `work` resolves, rolls back when it throws. Waits for the engine's lock without
   * blocking the event loop. Calling `write` inside `work` would wait for itself for ever: it throws instead.
   * On PostgreSQL `work` runs again, up to five times in all, when its transaction lost a deadlock: whatever it
   * keeps outside of the database must bear that.
   */
  write<T>(work: (tx: Writing) => Promise<T>, lock?: WriteLock): Promise<T>;
  /**
   * `write` whose commit does not wait for the disk: a power cut may undo it, the end of a process never does. For
   * what comes again by itself, such as heartbeats.
   */
  writeUnsynced<T>(work: (tx: Writing) => Promise<T>): Promise<T>;
  /**
   * One read-only snapshot. Takes a connection of its own. `signal` ends it between batches, and on PostgreSQL
   * cancels the running query.
   */
  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Adds `for update skip locked` where several writers exist; on SQLite there is one writer: unchanged. */
  skipLocked<Q extends { forUpdate(): Q; skipLocked(): Q }>(query: Q): Q;
  /** `select`'s row lock for raw SQL: ` for update skip locked`, or nothing on SQLite. */
  readonly skipLockedText: string;
  /** Text and parameters of a builder, for `batches` and `families`. */
  compile(query: Compilable): Statement;
  /** Calls back after commits that woke the channel: at once in this process, within a poll from others. */
  listen(channel: string, wake: () => void): () => void;
  /**
   * Lets the planner know the tables as they are now: before a long statement over much that was just written. Without
   * it PostgreSQL may take a large new account for one row, and read quadratically. SQLite plans by its indexes alone.
   */
  refreshStatistics(): Promise<void>;
  /** The database's own time in ms (SQLite: the machine's). */
  now(): Promise<number>;
  /** Gives back what it holds. Rejects nothing; open snapshots are ended. */
  close(): Promise<void>;
}

/**
 * How a process opens the database. `server`: the serving process, whose loop must never block: it waits for locks
 * awaiting. `guest`: a command beside a running server; may block. `reader`: a report's process; never writes.
 */
export type Role = 'server' | 'guest' | 'reader';

/** Too many wait already, or the engine's lock did not come free in time. The same call may succeed later. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy';
}

/** A row with the same unique key exists. The transaction is lost on PostgreSQL: let it roll back. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
}

/** A row breaks a CHECK of its table. The transaction is lost on PostgreSQL: let it roll back. */
export class CheckViolation extends Error {
  override readonly name = 'CheckViolation';
}

/** The database was closed while this waited, or before. */
export class DatabaseClosed extends Error {
  override readonly name = 'DatabaseClosed';
}
