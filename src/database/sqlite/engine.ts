import { setTimeout as pause } from 'node:timers/promises';
import type { Compilable } from 'kysely';
import type { Announce } from '../../platform/announcements.ts';
import { systemClock } from '../../platform/clock.ts';
import {
  type Database,
  DatabaseClosed,
  type Queries,
  type Role,
  type Snapshot,
  type Statement,
  type Writing,
} from '../database.ts';
import { insideWrite, refuseNestedWrite } from '../transaction-context.ts';
import { Turns } from '../turns.ts';
import { Checkpoints, LOG_LIMITS, type LogLimits } from './checkpoints.ts';
import { Connection } from './connection.ts';
import { SqliteQueries, SqliteWriting } from './queries.ts';
import { Snapshots } from './snapshots.ts';
import { SqliteWakes } from './wake.ts';

/** Write transactions that may wait in one process. */
const WAITING_WRITES_MAX = 10_000;
/** A guest leaves the lock alone for so long after a commit: a server beside it tries every few ms. */
const GUEST_GAP_MS = 10;
/** How long guests and readers let SQLite itself wait; a serving process never does, its loop would stand still. */
const BLOCKING_WAIT_MS = 5_000;

/** KiB of pages. Writers touch all indexes of a table at once. */
const WRITER_CACHE = 'pragma cache_size = -65536';
/**
 * Readers go through the tables in order: a report of 1,000,000 × 10 takes the same time with 4, 16 and 64 MB, and
 * its process so much more memory.
 */
const READER_CACHE = 'pragma cache_size = -16384';
/** No mmap: resident memory would count the database. */
const COMMON = ['pragma mmap_size = 0', 'pragma temp_store = memory'];
const READER = [...COMMON, READER_CACHE];
/** A serving process leaves checkpoints to `checkpoints.ts`. */
const NO_AUTOMATIC_CHECKPOINT = 'pragma wal_autocheckpoint = 0';
const WRITER = ['pragma journal_mode = wal', 'pragma synchronous = full', ...COMMON, WRITER_CACHE];

export interface SqliteOptions {
  readonly announce?: Announce;
  readonly limits?: LogLimits;
}

/** The embedded engine: one file, one writer at a time, readers beside it. */
export class SqliteDatabase implements Database {
  readonly engine = 'sqlite';
  readonly skipLockedText = '';
  readonly #path: string;
  readonly #role: Role;
  readonly #clock = systemClock();
  readonly #writes = new Turns('a write transaction', 1, WAITING_WRITES_MAX);
  readonly #checkpoints: Checkpoints;
  readonly #snapshots: Snapshots;
  readonly #wakes: SqliteWakes;
  readonly #writer: Connection | undefined;
  #reader: Promise<Connection> | undefined;
  #lastWriteEndedAt = Number.NEGATIVE_INFINITY;
  #closed: Promise<void> | undefined;

  /** Opens the file at `path`, made when it is not there; a reader never makes it. */
  static async open(path: string, role: Role, options: SqliteOptions = {}): Promise<SqliteDatabase> {
    const writer = role === 'reader' ? undefined : await openWriter(path, role);
    const database = new SqliteDatabase(path, role, writer, options);
    // A reader's missing file is found out now, not by its first report.
    if (writer === undefined) await database.#readConnection();
    return database;
  }

  private constructor(path: string, role: Role, writer: Connection | undefined, options: SqliteOptions) {
    const { limits = LOG_LIMITS, announce = () => {} } = options;
    this.#path = path;
    this.#role = role;
    this.#writer = writer;
    this.#checkpoints = new Checkpoints(path, role, limits, announce);
    this.#snapshots = new Snapshots(
      () => this.#openReader(),
      () => this.#checkpoints.admitSnapshot(),
    );
    this.#wakes = new SqliteWakes(() => this.#dataVersion());
  }

  async read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const connection = await this.#readConnection();
    return work(new SqliteQueries(connection, () => this.#refuseIfClosed()));
  }

  /** A lock's key does nothing here: there is one writer anyway. */
  write<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    return this.#inTurn((writer) => this.#transaction(writer, work));
  }

  /**
   * The event loop stands still while a commit waits for the disk: mostly 2 ms, but 50 to 200 while a result of some
   * megabytes is on its way there. With heartbeats twice a second this was one poll of a hundred.
   */
  writeUnsynced<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    return this.#inTurn(async (writer) => {
      await writer.exec('pragma synchronous = normal');
      try {
        return await this.#transaction(writer, work);
      } finally {
        await writer.exec('pragma synchronous = full');
      }
    });
  }

  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#snapshots.run(work, signal);
  }

  skipLocked<Q extends { forUpdate(): Q; skipLocked(): Q }>(query: Q): Q {
    return query;
  }

  compile(query: Compilable): Statement {
    const { sql, parameters } = query.compile();
    // Kysely does not know what it was given; binding checks each value.
    return { text: sql, params: parameters as Statement['params'] };
  }

  listen(channel: string, wake: () => void): () => void {
    return this.#wakes.listen(channel, wake);
  }

  async refreshStatistics(): Promise<void> {}

  async now(): Promise<number> {
    return this.#clock.now();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #inTurn<T>(transaction: (writer: Connection) => Promise<Written<T>>): Promise<T> {
    const writer = this.#writer;
    if (writer === undefined) throw new Error('a reader never writes');
    refuseNestedWrite(this);
    const { result, woken } = await this.#writes.take(() => transaction(writer));
    this.#wakes.wake(woken);
    return result;
  }

  async #transaction<T>(writer: Connection, work: (tx: Writing) => Promise<T>): Promise<Written<T>> {
    if (this.#role === 'guest') await this.#leaveGap();
    await writer.exec('begin immediate');
    let hasEnded = false;
    const tx = new SqliteWriting(writer, () => {
      if (hasEnded) throw new Error('the transaction has ended');
      // SQLite rolls back by itself when the disk is full; what follows would commit one by one.
      if (!writer.isInTransaction) throw new Error('the transaction was rolled back by an earlier failure');
    });
    try {
      const result = await insideWrite(this, () => work(tx));
      hasEnded = true;
      await writer.exec('commit');
      return { result, woken: tx.woken };
    } catch (error) {
      hasEnded = true;
      if (writer.isInTransaction) writer.execNow('rollback');
      throw error;
    } finally {
      this.#lastWriteEndedAt = performance.now();
    }
  }

  async #leaveGap(): Promise<void> {
    const restMs = this.#lastWriteEndedAt + GUEST_GAP_MS - performance.now();
    if (restMs > 0) await pause(restMs);
  }

  async #readConnection(): Promise<Connection> {
    this.#refuseIfClosed();
    this.#reader ??= this.#openReader();
    try {
      return await this.#reader;
    } catch (error) {
      this.#reader = undefined;
      throw error;
    }
  }

  #openReader(): Promise<Connection> {
    return Connection.open(this.#path, {
      readOnly: true,
      timeoutMs: timeoutOf(this.#role),
      pragmas: READER,
    });
  }

  async #dataVersion(): Promise<number> {
    // The writer's own commits do not change what it sees; a reader's connection would count them.
    const connection = this.#writer ?? (await this.#readConnection());
    const [row] = await connection.rows('pragma data_version');
    return Number(row![0]);
  }

  #refuseIfClosed(): void {
    if (this.#closed !== undefined) throw new DatabaseClosed('the database is closed');
  }

  async #close(): Promise<void> {
    const error = new DatabaseClosed('the database is closed');
    this.#writes.close(error);
    this.#snapshots.close(error);
    this.#wakes.close();
    await this.#reader?.then(
      (connection) => connection.close(),
      () => {},
    );
    await this.#writes.drained();
    await this.#checkpoints.close();
    this.#writer?.close();
  }
}

interface Written<T> {
  readonly result: T;
  readonly woken: ReadonlySet<string>;
}

function openWriter(path: string, role: Role): Promise<Connection> {
  const pragmas = role === 'server' ? [...WRITER, NO_AUTOMATIC_CHECKPOINT] : WRITER;
  return Connection.open(path, { readOnly: false, timeoutMs: timeoutOf(role), pragmas });
}

const timeoutOf = (role: Role): number => (role === 'server' ? 0 : BLOCKING_WAIT_MS);
