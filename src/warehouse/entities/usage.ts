/** Who refers to an object: what is in use is not deleted (1028). Derived from the fields of all kinds. */
import { entityMeta, type Meta } from '../../contract/meta.ts';
import type { Cell, Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Kinds, Table } from './kind.ts';
import type { ObjectRow } from './rows.ts';

/** So many are named in an error; one is enough to refuse. */
const DEPENDENCIES_MAX = 100;
const TABLES: readonly Table[] = ['entity', 'assortment', 'document'];

/** Metas of the objects that refer to `target`, itself apart; empty when it may go. */
export async function usersOf(
  queries: Queries,
  account: AccountKey,
  kinds: Kinds,
  target: ObjectRow,
  base: string,
): Promise<readonly Meta[]> {
  const metas: Meta[] = [];
  const add = (rows: readonly { kind: string; uuid: string }[]): void => {
    for (const { kind, uuid } of rows) {
      if (uuid !== target.uuid && metas.length < DEPENDENCIES_MAX) metas.push(entityMeta(base, kind, uuid));
    }
  };
  for (const table of TABLES) {
    const { columns, inBody } = fieldsLeadingTo(kinds, table, target.kind);
    const params: Cell[] = [account];
    const bind = (value: Cell): string => `$${params.push(value)}`;
    const clauses = columns.map((column) => `${column} = ${bind(target.id)}`);
    if (inBody) clauses.push(`body like ${bind(`%${target.kind}/${target.uuid}%`)}`);
    if (clauses.length === 0) continue;
    add(
      await queries.all(
        `select kind, uuid from ${table} where account = $1 and (${clauses.join(' or ')})
          order by id limit ${DEPENDENCIES_MAX + 1}`,
        params,
      ),
    );
  }
  if (kinds.get(target.kind)?.table === 'assortment') add(await holdersOf(queries, account, target.id));
  return metas;
}

/** Documents with positions of an assortment. */
async function holdersOf(
  queries: Queries,
  account: AccountKey,
  assortment: number,
): Promise<readonly { kind: string; uuid: string }[]> {
  return queries.all(
    `select kind, uuid from document where account = $1 and id in
        (select document from position where account = $1 and assortment = $2)
      order by id limit ${DEPENDENCIES_MAX}`,
    [account, assortment],
  );
}

/** Columns of a table that may hold the key of such an object, and whether bodies may name one. */
function fieldsLeadingTo(kinds: Kinds, table: Table, type: string): { columns: string[]; inBody: boolean } {
  const fields = [...kinds.values()]
    .filter((kind) => kind.table === table)
    .flatMap((kind) => Object.values(kind.fields))
    .filter(({ leadsTo }) => leadsTo?.includes(type) === true);
  const columns = fields.flatMap(({ column }) => (column === undefined ? [] : [column]));
  return {
    columns: [...new Set(columns)],
    inBody: fields.some(({ column }) => column === undefined),
  };
}
