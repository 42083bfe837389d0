import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseClosed, type Row, type Snapshot } from '../database.ts';
import { Turns } from '../turns.ts';
import type { ClientConnection, Connection, Connections, Result } from './connections.ts';
import { isConnectionLost } from './failures.ts';
import type { ColumnTypes } from './queries.ts';
import { PostgresSnapshot } from './stream.ts';

/** Snapshots open at once in one process, and how many more may wait. */
export const SNAPSHOTS_MAX = 8;
const WAITING_MAX = 1_000;
/** Pause before a running query is cancelled once more, in ms. */
const CANCEL_AGAIN_MS = 20;

/**
 * A cursor is read to its end here, so the plan for all rows is wanted, not the one for the first tenth; compiling
 * plans (`jit`) costs a report more than it brings.
 */
const BEGIN =
  'begin isolation level repeatable read read only; set local cursor_tuple_fraction = 1; set local jit = off';
/** A backend whose client is gone notices within a second; some platforms cannot, and refuse the setting. */
const NOTICE_LOST_CLIENT = 'set local client_connection_check_interval = 1000';

/** Read transactions, each on a connection of its own, and how a running query of one is cancelled. */
export class Snapshots {
  readonly #turns = new Turns('a snapshot', SNAPSHOTS_MAX, WAITING_MAX);
  readonly #connections: Connections;
  /** For cancelling: the snapshot's own connection is busy with what is to be cancelled. */
  readonly #others: Connections;
  readonly #types: ColumnTypes;
  readonly #disconnects = new Set<() => void>();
  #noticesLostClient: boolean | undefined;
  #closed: Error | undefined;

  constructor(connections: Connections, others: Connections, types: ColumnTypes) {
    this.#connections = connections;
    this.#others = others;
    this.#types = types;
  }

  run<T>(work: (snapshot: Snapshot) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#turns.take(async () => {
      signal?.throwIfAborted();
      return this.#connections.transaction(
        (connection) => this.#begin(connection),
        async (connection, disconnect) => {
          this.#disconnects.add(disconnect);
          try {
            return await this.#within(connection, work, signal);
          } catch (error) {
            throw this.#closed ?? error;
          } finally {
            this.#disconnects.delete(disconnect);
          }
        },
      );
    });
  }

  /** Ends what is open: its next statement throws `error`. */
  close(error: Error): void {
    this.#closed = error;
    this.#turns.close(error);
    for (const disconnect of this.#disconnects) disconnect();
  }

  async #begin(connection: ClientConnection): Promise<void> {
    this.#noticesLostClient ??= await canNoticeLostClient(connection);
    await connection.objects(this.#noticesLostClient ? `${BEGIN}; ${NOTICE_LOST_CLIENT}` : BEGIN);
  }

  async #within<T>(
    connection: ClientConnection,
    work: (snapshot: Snapshot) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const tagged = new TaggedConnection(connection, signal);
    // The first select fixes the state. Behind a pooler only the server itself knows which backend we have.
    const [row] = await tagged.arrays('select pg_backend_pid()');
    const cancel = (): void => void this.#cancel(Number(row![0]), tagged);
    signal?.addEventListener('abort', cancel, { once: true });
    let hasEnded = false;
    const snapshot = new PostgresSnapshot(tagged, this.#types, () => {
      if (this.#closed !== undefined) throw this.#closed;
      if (hasEnded) throw new DatabaseClosed('the snapshot has ended');
      signal?.throwIfAborted();
    });
    try {
      const result = await work(snapshot);
      hasEnded = true;
      await connection.objects('commit');
      return result;
    } finally {
      hasEnded = true;
      signal?.removeEventListener('abort', cancel);
    }
  }

  /**
   * Only where that backend still runs a query of ours: behind a pooler it may serve somebody else by now. Repeated,
   * because a query that was sent a moment ago may not have begun when we look.
   */
  async #cancel(pid: number, connection: TaggedConnection): Promise<void> {
    const text =
      "select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and state = 'active' and strpos(query, $2) > 0";
    while (connection.isRunning) {
      try {
        await this.#others.once((other) => other.objects(text, [pid, connection.tag]));
      } catch {
        // No way to the server at the moment, or closed: the next try, if the query is still running.
      }
      await pause(CANCEL_AGAIN_MS);
    }
  }
}

async function canNoticeLostClient(connection: ClientConnection): Promise<boolean> {
  await connection.objects('begin');
  try {
    await connection.objects(NOTICE_LOST_CLIENT);
    return true;
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    return false;
  } finally {
    await connection.objects('rollback');
  }
}

/** Marks every statement of one snapshot with a comment, and says why it was cancelled. */
class TaggedConnection implements Connection {
  readonly tag = `/* waybill ${randomUUID()} */`;
  readonly #connection: ClientConnection;
  readonly #signal: AbortSignal | undefined;
  #running = 0;

  constructor(connection: ClientConnection, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#signal = signal;
  }

  get isRunning(): boolean {
    return this.#running > 0;
  }

  objects<R extends object>(text: string, params?: readonly unknown[]): Promise<Result<R>> {
    return this.#explained(() => this.#connection.objects<R>(`${this.tag} ${text}`, params));
  }

  arrays(text: string, params?: readonly unknown[]): Promise<Row[]> {
    return this.#explained(() => this.#connection.arrays(`${this.tag} ${text}`, params));
  }

  async #explained<T>(run: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    this.#running++;
    try {
      return await run();
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw error;
    } finally {
      this.#running--;
    }
  }
}
