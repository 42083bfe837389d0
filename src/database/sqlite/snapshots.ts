import { DatabaseClosed, type Snapshot } from '../database.ts';
import { Turns } from '../turns.ts';
import type { Connection } from './connection.ts';
import { SqliteSnapshot } from './stream.ts';

/** Snapshots open at once in one process, and how many more may wait. */
const OPEN_MAX = 8;
const WAITING_MAX = 1_000;
/** Connections kept for the next snapshot, for their prepared statements and warm pages. */
const IDLE_MAX = 2;

/** Read transactions, each on a connection of its own. */
export class Snapshots {
  readonly #turns = new Turns('a snapshot', OPEN_MAX, WAITING_MAX);
  readonly #openConnection: () => Promise<Connection>;
  readonly #admit: () => Promise<void>;
  readonly #open = new Map<Connection, SqliteSnapshot>();
  readonly #idle: Connection[] = [];
  #closed: Error | undefined;

  /** `admit` resolves when one more may open. */
  constructor(openConnection: () => Promise<Connection>, admit: () => Promise<void>) {
    this.#openConnection = openConnection;
    this.#admit = admit;
  }

  run<T>(work: (snapshot: Snapshot) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#turns.take(async () => {
      signal?.throwIfAborted();
      const connection = await this.#connect();
      const snapshot = new SqliteSnapshot(connection, () => {
        if (this.#closed !== undefined) throw this.#closed;
        if (!this.#open.has(connection)) throw new DatabaseClosed('the snapshot has ended');
        signal?.throwIfAborted();
      });
      this.#open.set(connection, snapshot);
      try {
        await connection.exec('begin');
        // The state is fixed by the first read, not by `begin`.
        await connection.rows('select 1 from sqlite_schema limit 1');
        return await work(snapshot);
      } finally {
        this.#end(connection, snapshot);
      }
    });
  }

  /** Ends what is open: its next statement throws `error`. */
  close(error: Error): void {
    this.#closed = error;
    this.#turns.close(error);
    for (const [connection, snapshot] of [...this.#open]) this.#end(connection, snapshot);
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  async #connect(): Promise<Connection> {
    await this.#admit();
    const connection = this.#idle.pop() ?? (await this.#openConnection());
    if (this.#closed === undefined) return connection;
    connection.close();
    throw this.#closed;
  }

  #end(connection: Connection, snapshot: SqliteSnapshot): void {
    // Ended by `close` already.
    if (!this.#open.delete(connection)) return;
    snapshot.endCursors();
    if (connection.isInTransaction) connection.execNow('rollback');
    if (this.#closed === undefined && this.#idle.length < IDLE_MAX) this.#idle.push(connection);
    else connection.close();
  }
}
