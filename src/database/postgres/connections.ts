import pg from 'pg';
import type { Announce } from '../../platform/announcements.ts';
import type { Row } from '../database.ts';
import { isConnectionLost, translated } from './failures.ts';
import { bindable, cellTypes } from './values.ts';

/** How long a new connection may take, in ms. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that nobody used for so long is given back to the server, in ms. */
const IDLE_TIMEOUT_MS = 30_000;
/** Other connections tried where one turns out to be dead before it did anything. */
const DEAD_CONNECTIONS_MAX = 3;

export interface Result<R> {
  readonly rows: R[];
  /** Rows changed; undefined for a statement that changes none. */
  readonly changes?: number;
  /** `SELECT`, `COMMIT`, …: what the server says it did. */
  readonly command: string;
}

/** One statement; `objects` or `arrays` says what its rows are. Never a named one: poolers lose those. */
export interface Connection {
  objects<R extends object>(text: string, params?: readonly unknown[]): Promise<Result<R>>;
  arrays(text: string, params?: readonly unknown[]): Promise<Row[]>;
}

const CHANGING = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** A client with its statements one after the other; `pg` wants that, and callers need not care. */
export class ClientConnection implements Connection {
  readonly #client: pg.ClientBase;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async objects<R extends object>(text: string, params: readonly unknown[] = []): Promise<Result<R>> {
    const result = await this.#query<pg.QueryResult<R>>({ text, values: params.map(bindable) });
    // A text of several statements gives a list; the last one is meant.
    const { rows, command, rowCount } = Array.isArray(result) ? (result.at(-1) as typeof result) : result;
    return CHANGING.has(command) ? { rows, command, changes: rowCount ?? 0 } : { rows, command };
  }

  async arrays(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    const values = params.map(bindable);
    const result = await this.#query<pg.QueryArrayResult<Row[]>>({ text, values, rowMode: 'array' });
    return result.rows as unknown as Row[];
  }

  async #query<T>(query: object): Promise<T> {
    const turn = this.#last.then(() => this.#client.query(query as pg.QueryConfig) as unknown as Promise<T>);
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } catch (error) {
      throw translated(error);
    }
  }
}

/** A bounded set of connections. */
export class Connections {
  readonly #pool: pg.Pool;

  constructor(url: string, max: number, announce: Announce) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'waybill',
      types: cellTypes,
    });
    const onError = (error: Error): void =>
      announce('database.connection_lost', { reason: error.message }, 'warn');
    this.#pool.on('error', onError);
    // A client in use tells its user by the failing statement; without a listener the process would end.
    this.#pool.on('connect', (client) => void client.on('error', () => {}));
  }

  /**
   * Runs `begin` and then `work`, which has to commit; what it throws rolls back. A dead connection is found out by
   * `begin`, before any harm is done, and another one taken.
   */
  async transaction<T>(
    begin: (connection: ClientConnection) => Promise<void>,
    work: (connection: ClientConnection, disconnect: () => void) => Promise<T>,
  ): Promise<T> {
    const client = await this.#begun(begin);
    const connection = new ClientConnection(client);
    try {
      const result = await work(connection, () => void client.end());
      client.release();
      return result;
    } catch (error) {
      await rollBack(connection, client);
      throw error;
    }
  }

  /** One statement by itself on any connection; it must be one that may run twice. */
  async once<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    for (let dead = 0; ; dead++) {
      const client = await this.#pool.connect();
      try {
        const result = await work(new ClientConnection(client));
        client.release();
        return result;
      } catch (error) {
        client.release(isConnectionLost(error));
        if (!isConnectionLost(error) || dead === DEAD_CONNECTIONS_MAX) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #begun(begin: (connection: ClientConnection) => Promise<void>): Promise<pg.PoolClient> {
    for (let dead = 0; ; dead++) {
      const client = await this.#pool.connect();
      try {
        await begin(new ClientConnection(client));
        return client;
      } catch (error) {
        // Whatever state it is in: not used again.
        client.release(true);
        if (!isConnectionLost(error) || dead === DEAD_CONNECTIONS_MAX) throw error;
      }
    }
  }
}

/** A connection that cannot roll back is closed, which does the same. */
async function rollBack(connection: ClientConnection, client: pg.PoolClient): Promise<void> {
  try {
    await connection.objects('rollback');
    client.release();
  } catch {
    client.release(true);
  }
}
