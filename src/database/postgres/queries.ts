import { type Kysely, PostgresAdapter, PostgresQueryCompiler } from 'kysely';
import { type BuilderDialect, createBuilder } from '../builder.ts';
import type { Cell, Conflict, JsonMembers, Queries, Row, Writing } from '../database.ts';
import { conflictClause, quoted, quotedList } from '../rows.ts';
import type { Connection } from './connections.ts';
import { arrayLiteral } from './values.ts';

/** Rows per `unnest`: enough that the round trip does not count, few enough that a statement stays small. */
const ROWS_PER_STATEMENT = 5_000;

const builder: BuilderDialect = { compiler: new PostgresQueryCompiler(), adapter: new PostgresAdapter() };

const member = (column: string, path: readonly string[]): string =>
  `(${column}::json #>> '{${path.join(',')}}')`;

const json: JsonMembers = {
  text: (column, ...path) => `(${member(column, path)} collate "C")`,
  integer: (column, ...path) => `${member(column, path)}::bigint`,
};

/** Types of a table's columns, as the server names them. */
export type ColumnTypes = Map<string, ReadonlyMap<string, string>>;

/** The statements of one piece of work. `refuseIfEnded` throws once it may not be used any more. */
export class PostgresQueries implements Queries {
  readonly json = json;
  protected readonly connection: Connection;
  readonly #refuseIfEnded: () => void;
  readonly #types: ColumnTypes;
  #builder: Kysely<unknown> | undefined;

  constructor(connection: Connection, types: ColumnTypes, refuseIfEnded: () => void) {
    this.connection = connection;
    this.#types = types;
    this.#refuseIfEnded = refuseIfEnded;
  }

  tables<T>(): Kysely<T> {
    this.#builder ??= createBuilder<unknown>(builder, async (text, params) => {
      this.#refuseIfEnded();
      return this.connection.objects(text, params);
    });
    // The tables' types are the caller's claim; nothing of them exists at run time.
    return this.#builder as unknown as Kysely<T>;
  }

  async all<R extends object>(text: string, params: readonly Cell[] = []): Promise<R[]> {
    this.#refuseIfEnded();
    return (await this.connection.objects<R>(text, params)).rows;
  }

  async one<R extends object>(text: string, params: readonly Cell[] = []): Promise<R | undefined> {
    return (await this.all<R>(text, params))[0];
  }

  async run(text: string, params: readonly Cell[] = []): Promise<number> {
    this.#refuseIfEnded();
    return (await this.connection.objects(text, params)).changes ?? 0;
  }

  async insertRows(
    table: string,
    columns: readonly string[],
    rows: readonly Row[],
    onConflict?: Conflict,
  ): Promise<void> {
    await this.#inPieces(table, columns, rows, (arrays) => {
      const into = `insert into ${quoted(table)} (${quotedList(columns)})`;
      return `${into} select * from unnest(${arrays})${conflictClause(table, onConflict)}`;
    });
  }

  async deleteRows(table: string, key: readonly string[], rows: readonly Row[]): Promise<void> {
    await this.#inPieces(table, key, rows, (arrays) => {
      const same = key.map((column) => `${quoted(table)}.${quoted(column)} = gone.${quoted(column)}`);
      const gone = `unnest(${arrays}) as gone(${quotedList(key)})`;
      return `delete from ${quoted(table)} using ${gone} where ${same.join(' and ')}`;
    });
  }

  async #inPieces(
    table: string,
    columns: readonly string[],
    rows: readonly Row[],
    textFor: (arrays: string) => string,
  ): Promise<void> {
    if (rows.length === 0) return;
    const types = await this.#typesOf(table, columns);
    const text = textFor(types.map((type, index) => `$${index + 1}::${type}[]`).join(', '));
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      const piece = rows.slice(start, start + ROWS_PER_STATEMENT);
      this.#refuseIfEnded();
      await this.connection.objects(
        text,
        columns.map((_, index) => arrayLiteral(piece.map((row) => row[index]))),
      );
    }
  }

  async #typesOf(table: string, columns: readonly string[]): Promise<string[]> {
    const known = this.#types.get(table);
    const types =
      known !== undefined && columns.every((column) => known.has(column))
        ? known
        : await this.#readTypes(table);
    return columns.map((column) => {
      const type = types.get(column);
      if (type === undefined) throw new Error(`table ${table} has no column ${column}`);
      return type;
    });
  }

  async #readTypes(table: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.all<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
      [quoted(table)],
    );
    const types = new Map(rows.map(({ name, type }) => [name, type]));
    this.#types.set(table, types);
    return types;
  }
}

/** A write transaction: it also remembers whom to wake. */
export class PostgresWriting extends PostgresQueries implements Writing {
  readonly woken = new Set<string>();

  wake(channel: string): void {
    this.woken.add(channel);
  }
}
