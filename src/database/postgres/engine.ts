import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Compilable } from 'kysely';
import {
  type Database,
  DatabaseClosed,
  type Queries,
  type Role,
  type Snapshot,
  type Statement,
  type WriteLock,
  type Writing,
} from '../database.ts';
import type { OpenOptions } from '../open.ts';
import { insideWrite, refuseNestedWrite } from '../transaction-context.ts';
import { Turns } from '../turns.ts';
import { type ClientConnection, type Connection, Connections, type Result } from './connections.ts';
import { isRepeatable, reasonOf } from './failures.ts';
import { type ColumnTypes, PostgresQueries, PostgresWriting } from './queries.ts';
import { SNAPSHOTS_MAX, Snapshots } from './snapshots.ts';
import { PostgresWakes } from './wake.ts';

/** Connections per process: polls have some of their own, so that no writer makes them wait. */
const READS_MAX = 4;
const WRITES_MAX = 8;
/** Write transactions that may wait in one process: for a connection, and for one lock. */
const WAITING_WRITES_MAX = 10_000;
const WAITING_FOR_LOCK_MAX = 10_000;
/** A transaction that lost against another one is tried so often in all. */
const ATTEMPTS_MAX = 5;
/** Longest pause before another try, in ms, times the tries so far. */
const ATTEMPT_PAUSE_MS = 10;

/** How long a statement waits for somebody else's lock, in ms. */
const LOCK_WAIT_MS = 60_000;

/**
 * First half of our advisory locks' keys, `Wb` and a number, so that we meet nobody else's; and how long one may be
 * waited for: a migration of a large table takes its time.
 */
const LOCKS: Readonly<Record<WriteLock['space'], { space: number; waitMs: number }>> = {
  ledger: { space: 0x57620001, waitMs: LOCK_WAIT_MS },
  migrations: { space: 0x57620002, waitMs: 3_600_000 },
};

/** The engine for several processes. */
export class PostgresDatabase implements Database {
  readonly engine = 'postgres';
  readonly skipLockedText = ' for update skip locked';
  readonly #role: Role;
  readonly #reads: Connections;
  readonly #writes: Connections;
  readonly #snapshotConnections: Connections;
  readonly #types: ColumnTypes = new Map();
  readonly #writeTurns = new Turns('a write connection', WRITES_MAX, WAITING_WRITES_MAX);
  readonly #lockTurns = new Map<string, Turns>();
  readonly #snapshots: Snapshots;
  readonly #wakes: PostgresWakes;
  #closed: Promise<void> | undefined;

  /** Opens the database of a `postgres://` URL; fails when the server cannot be reached. */
  static async open(url: string, role: Role, options: OpenOptions): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, role, options);
    try {
      await database.#refuseWrongEncoding();
      return database;
    } catch (cause) {
      await database.close();
      // Nothing of the URL but where it leads: it holds a password.
      throw new Error(`cannot open the database at ${new URL(url).host}: ${reasonOf(cause)}`, { cause });
    }
  }

  private constructor(url: string, role: Role, { directUrl = url, announce = () => {} }: OpenOptions) {
    this.#role = role;
    this.#reads = new Connections(url, READS_MAX, announce);
    this.#writes = new Connections(url, WRITES_MAX, announce);
    this.#snapshotConnections = new Connections(url, SNAPSHOTS_MAX, announce);
    this.#snapshots = new Snapshots(this.#snapshotConnections, this.#reads, this.#types);
    this.#wakes = new PostgresWakes(directUrl, this.#reads, announce);
  }

  async read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    this.#refuseIfClosed();
    const connection = new EachByItself(this.#reads);
    return work(new PostgresQueries(connection, this.#types, () => this.#refuseIfClosed()));
  }

  /** As the face says; `work` runs again when its transaction lost a deadlock or a serialization conflict. */
  async write<T>(work: (tx: Writing) => Promise<T>, lock?: WriteLock): Promise<T> {
    return this.#run(beginText(lock), work, lock);
  }

  async writeUnsynced<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    return this.#run(`${beginText(undefined)}; set local synchronous_commit = off`, work);
  }

  async #run<T>(begin: string, work: (tx: Writing) => Promise<T>, lock?: WriteLock): Promise<T> {
    if (this.#role === 'reader') throw new Error('a reader never writes');
    this.#refuseIfClosed();
    refuseNestedWrite(this);
    const run = (): Promise<Written<T>> => this.#writeTurns.take(() => this.#transaction(begin, work));
    const { result, woken } = await (lock === undefined ? run() : this.#inTurn(lock, run));
    this.#wakes.wake(woken);
    return result;
  }

  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#snapshots.run(work, signal);
  }

  skipLocked<Q extends { forUpdate(): Q; skipLocked(): Q }>(query: Q): Q {
    return query.forUpdate().skipLocked();
  }

  compile(query: Compilable): Statement {
    const { sql, parameters } = query.compile();
    // Kysely does not know what it was given; binding checks each value.
    return { text: sql, params: parameters as Statement['params'] };
  }

  listen(channel: string, wake: () => void): () => void {
    return this.#wakes.listen(channel, wake);
  }

  async refreshStatistics(): Promise<void> {
    await this.#reads.once((connection) => connection.arrays('analyze'));
  }

  async now(): Promise<number> {
    const text = 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
    const [row] = await this.#reads.once((connection) => connection.arrays(text));
    return Number(row![0]);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #refuseWrongEncoding(): Promise<void> {
    const [row] = await this.#reads.once((connection) => connection.arrays('show server_encoding'));
    if (row![0] !== 'UTF8')
      throw new Error(
        `its encoding is ${row![0]}, and UTF8 is needed: make it with "encoding 'UTF8' template template0"`,
      );
  }

  /** Those who wait for one lock wait here, in order, and not on connections. */
  async #inTurn<T>(lock: WriteLock, run: () => Promise<T>): Promise<T> {
    const name = `${lock.space} ${lock.key}`;
    const turns = this.#lockTurns.get(name) ?? new Turns(`the lock ${name}`, 1, WAITING_FOR_LOCK_MAX);
    this.#lockTurns.set(name, turns);
    try {
      return await turns.take(run);
    } finally {
      if (turns.isIdle) this.#lockTurns.delete(name);
    }
  }

  async #transaction<T>(begin: string, work: (tx: Writing) => Promise<T>): Promise<Written<T>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(begin, work);
      } catch (error) {
        if (!isRepeatable(error) || attempt === ATTEMPTS_MAX) throw error;
      }
      await pause(randomInt(1, ATTEMPT_PAUSE_MS * attempt));
    }
  }

  #attempt<T>(begin: string, work: (tx: Writing) => Promise<T>): Promise<Written<T>> {
    return this.#writes.transaction(
      async (connection) => void (await connection.objects(begin)),
      async (connection) => {
        let hasEnded = false;
        const tx = new PostgresWriting(connection, this.#types, () => {
          if (hasEnded) throw new Error('the transaction has ended');
        });
        try {
          const result = await insideWrite(this, () => work(tx));
          hasEnded = true;
          await this.#commit(connection, tx.woken);
          return { result, woken: tx.woken };
        } finally {
          hasEnded = true;
        }
      },
    );
  }

  async #commit(connection: ClientConnection, woken: ReadonlySet<string>): Promise<void> {
    const { command } = await connection.objects(`${this.#wakes.notifyText(woken)}commit`);
    // The server's answer to `commit` after a statement has failed and the failure was swallowed.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: one of its statements had failed before');
  }

  #refuseIfClosed(): void {
    if (this.#closed !== undefined) throw new DatabaseClosed('the database is closed');
  }

  async #close(): Promise<void> {
    const error = new DatabaseClosed('the database is closed');
    for (const turns of [this.#writeTurns, ...this.#lockTurns.values()]) turns.close(error);
    this.#snapshots.close(error);
    await this.#writeTurns.drained();
    await this.#wakes.close();
    await Promise.all([this.#writes, this.#snapshotConnections, this.#reads].map((pool) => pool.close()));
  }
}

interface Written<T> {
  readonly result: T;
  readonly woken: ReadonlySet<string>;
}

/** Short reads: each statement on whichever connection is free. */
class EachByItself implements Connection {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  objects<R extends object>(text: string, params?: readonly unknown[]): Promise<Result<R>> {
    return this.#connections.once((connection) => connection.objects<R>(text, params));
  }

  arrays(text: string, params?: readonly unknown[]): ReturnType<Connection['arrays']> {
    return this.#connections.once((connection) => connection.arrays(text, params));
  }
}

/** The lock is the first statement that reads: in READ COMMITTED whatever follows sees what its last holder committed. */
function beginText(lock: WriteLock | undefined): string {
  const begin = (waitMs: number): string =>
    `begin isolation level read committed read write; set local lock_timeout = ${waitMs}`;
  if (lock === undefined) return begin(LOCK_WAIT_MS);
  if (!Number.isInteger(lock.key) || lock.key < 0 || lock.key > 0x7fffffff)
    throw new RangeError(`the key of a lock must be a small integer: ${lock.key}`);
  const { space, waitMs } = LOCKS[lock.space];
  return `${begin(waitMs)}; select pg_advisory_xact_lock(${space}, ${lock.key})`;
}
