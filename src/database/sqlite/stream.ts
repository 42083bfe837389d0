import { breathe } from '../breathe.ts';
import type { Children, Family, Row, Snapshot, Statement } from '../database.ts';
import { bind, type Connection, type Prepared, readAll } from './connection.ts';
import { SqliteQueries } from './queries.ts';
import { bindable } from './values.ts';

/**
 * One read transaction on a connection of its own. Cursors are remembered: an open one would hold the transaction's
 * state of the file beyond its end.
 */
export class SqliteSnapshot extends SqliteQueries implements Snapshot {
  readonly #refuseIfEnded: () => void;
  readonly #cursors = new Set<Iterator<Row>>();

  constructor(connection: Connection, refuseIfEnded: () => void) {
    super(connection, refuseIfEnded);
    this.#refuseIfEnded = refuseIfEnded;
  }

  async *batches(query: Statement, batchRows: number): AsyncGenerator<readonly Row[]> {
    yield* this.#inBatches(query, batchRows, (row) => row);
  }

  async *families(
    parents: Statement,
    children: Children,
    batchRows: number,
  ): AsyncGenerator<readonly Family[]> {
    const text = childrenText(children);
    const read = this.connection.prepareApart(text);
    const params = bind(read, text, [...children.params, null]);
    const keyAt = params.length - 1;
    yield* this.#inBatches(parents, batchRows, (parent): Family => {
      params[keyAt] = bindable(parent[0]);
      return [parent, readAll(read, params)];
    });
  }

  /** Ends every open cursor; the connection must still be open. */
  endCursors(): void {
    for (const cursor of this.#cursors) cursor.return?.();
    this.#cursors.clear();
  }

  async *#inBatches<T>(
    query: Statement,
    batchRows: number,
    make: (row: Row) => T,
  ): AsyncGenerator<readonly T[]> {
    if (!(batchRows >= 1)) throw new RangeError(`a batch of ${batchRows} rows`);
    this.#refuseIfEnded();
    const cursor = iterate(this.connection.prepareApart(query.text), query);
    this.#cursors.add(cursor);
    try {
      for (let isOver = false; !isOver; ) {
        await breathe();
        this.#refuseIfEnded();
        const batch: T[] = [];
        while (batch.length < batchRows) {
          const step = cursor.next();
          if (step.done === true) {
            isOver = true;
            break;
          }
          batch.push(make(step.value));
        }
        if (batch.length > 0) yield batch;
      }
    } finally {
      // Not among them any more: ended with its transaction already.
      if (this.#cursors.delete(cursor)) cursor.return?.();
    }
  }
}

function iterate(prepared: Prepared, { text, params }: Statement): Iterator<Row> {
  // `returnArrays` makes rows arrays; the type declarations know objects only.
  return prepared.statement.iterate(...bind(prepared, text, params)) as unknown as Iterator<Row>;
}

function childrenText({ columns, from, where, params, key, groupBy, orderBy }: Children): string {
  const condition = `(${where}) and ${key} = $${params.length + 1}`;
  const group = groupBy === undefined ? '' : ` group by ${groupBy}`;
  const order = orderBy === undefined ? '' : ` order by ${orderBy}`;
  return `select ${columns.join(', ')} from ${from} where ${condition}${group}${order}`;
}
