import {
  type CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  type DialectAdapter,
  type Driver,
  Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';

/** Runs one compiled statement: its rows, or the number of rows it changed. */
export type Execute = (
  text: string,
  params: readonly unknown[],
) => Promise<{ rows: object[]; changes?: number }>;

/** The two parts in which Kysely's dialects differ for us. */
export interface BuilderDialect {
  readonly compiler: QueryCompiler;
  readonly adapter: DialectAdapter;
}

const refuse = (): never => {
  throw new Error('transactions and streams belong to the database: use write, snapshot, batches');
};

/** Kysely insists on a driver; every statement goes through the executor instead, so none of it may run. */
const driver: Driver = {
  init: async () => {},
  acquireConnection: refuse,
  beginTransaction: refuse,
  commitTransaction: refuse,
  rollbackTransaction: refuse,
  releaseConnection: async () => {},
  destroy: async () => {},
};

/**
 * A Kysely over one transaction. It shares compiler and adapter, so that making one costs two small objects: cheap
 * enough to be bound to its transaction for life, and to refuse afterwards.
 */
export function createBuilder<T>(parts: BuilderDialect, execute: Execute): Kysely<T> {
  const connection: DatabaseConnection = {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
      const { rows, changes } = await execute(sql, parameters);
      const result = { rows: rows as R[] };
      return changes === undefined ? result : { ...result, numAffectedRows: BigInt(changes) };
    },
    streamQuery: refuse,
  };
  const dialect: Dialect = {
    createAdapter: () => parts.adapter,
    createDriver: () => driver,
    createIntrospector: refuse,
    createQueryCompiler: () => parts.compiler,
  };
  const executor = new DefaultQueryExecutor(parts.compiler, parts.adapter, {
    provideConnection: (consumer) => consumer(connection),
  });
  return new Kysely<T>({ config: { dialect }, dialect, driver, executor });
}
