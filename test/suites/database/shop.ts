/** The small shop that the database's suite works on. */
import type { Database } from '../../../src/database/database.ts';
import type { RoomMigrations } from '../../../src/database/migrate.ts';

export const shop: RoomMigrations = {
  room: 'shop',
  migrations: [
    {
      name: '0001-products',
      statements: [
        'create table product ({rowid}, account {int} not null, id {int} not null, name {text}, unique (account, id))',
        'create table cell (account {int} not null, product {int} not null, store {int} not null, quantity {int} not null, primary key (account, product, store)){clustered}',
      ],
    },
    {
      name: '0002-values',
      statements: ['create table kept (id {int} primary key, n {int}, t {text}, b {bytes}, r {real})'],
    },
  ],
};

export interface ShopTables {
  product: { account: number; id: number; name: string | null };
  cell: { account: number; product: number; store: number; quantity: number };
}

export const CELL = ['account', 'product', 'store', 'quantity'];
export const CELL_KEY = ['account', 'product', 'store'];

export const cells = (database: Database): Promise<{ product: number; store: number; quantity: number }[]> =>
  database.read((q) => q.all('select product, store, quantity from cell order by account, product, store'));

export const count = async (database: Database, table = 'cell'): Promise<number> =>
  (await database.read((q) => q.one<{ n: number }>(`select count(*) as n from ${table}`)))!.n;

export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
