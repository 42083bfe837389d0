/** Rows as objects of the API: `meta`, `id`, `accountId`, then the kind's fields in their order (contract: Objects). */
import { entityMeta, positionMeta } from '../../contract/meta.ts';
import { zoneOf } from '../../contract/zones.ts';
import type { Queries } from '../../database/database.ts';
import { readDefaults } from './defaults.ts';
import type { Asked } from './entities.ts';
import type { Kind } from './kind.ts';
import type { PositionRow } from './positions.ts';
import type { Link, Printing } from './printing.ts';
import { placeholders, readLinks } from './references.ts';
import type { ObjectRow } from './rows.ts';

const NO_LINKS: ReadonlyMap<number, Link> = new Map();

/** Everything that printing these rows needs, in a few reads whatever their number. */
export async function preparePrinting(
  queries: Queries,
  kind: Kind,
  rows: readonly ObjectRow[],
  asked: Asked,
): Promise<Printing> {
  const { account, accountId } = asked.principal;
  const entities = new Set<number>();
  for (const { column, table } of Object.values(kind.fields)) {
    if (column === undefined || table === undefined) continue;
    for (const { columns } of rows) {
      const key = columns[column];
      if (typeof key === 'number') entities.add(key);
    }
  }
  return {
    base: asked.base,
    zone: zoneNamed(asked.zone),
    accountId,
    defaults: await readDefaults(queries, account),
    links: {
      entity: await readLinks(queries, account, 'entity', [...entities]),
      assortment: NO_LINKS,
      document: NO_LINKS,
    },
    sizes: kind.positions === undefined ? new Map() : await readSizes(queries, rows, asked),
  };
}

/** The zone by its name; one that this machine does not know cannot have been set. */
export function zoneNamed(name: string): Printing['zone'] {
  const zone = zoneOf(name);
  if (zone === undefined) throw new Error(`no time zone ${name}`);
  return zone;
}

async function readSizes(
  queries: Queries,
  rows: readonly ObjectRow[],
  { principal }: Asked,
): Promise<ReadonlyMap<number, number>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const sizes = await queries.all<{ document: number; size: number }>(
    `select document, count(*) as size from position
      where account = $1 and document in (${placeholders(ids, 2)}) group by document`,
    [principal.account, ...ids],
  );
  return new Map(sizes.map(({ document, size }) => [document, size]));
}

/** One object. Fields without a value are left out. */
export function printObject(kind: Kind, row: ObjectRow, printing: Printing): object {
  const printed: Record<string, unknown> = {
    meta: entityMeta(printing.base, kind.type, row.uuid),
    id: row.uuid,
  };
  // Built-in objects belong to no owner.
  const isBuiltIn = row.body.builtIn === 1;
  if (kind.accountId !== 'hidden') printed.accountId = printing.accountId;
  for (const [name, field] of Object.entries(kind.fields)) {
    if (isBuiltIn && field.isOwned === true) continue;
    const kept = field.column === undefined ? row.body[name] : row.columns[field.column];
    const stored = kept === undefined || kept === null ? field.absent : kept;
    if (stored === undefined || stored instanceof Uint8Array) continue;
    const value = field.print(stored, printing, row);
    if (value !== undefined) printed[name] = value;
  }
  return printed;
}

/** Printing of positions: their goods are the only keys that they have. */
export async function preparePositions(
  queries: Queries,
  positions: readonly PositionRow[],
  asked: Asked,
): Promise<Printing> {
  const { account, accountId } = asked.principal;
  const goods = [...new Set(positions.map(({ assortment }) => assortment))];
  return {
    base: asked.base,
    zone: zoneNamed(asked.zone),
    accountId,
    defaults: { currency: undefined, group: undefined, priceTypes: [] },
    links: {
      entity: NO_LINKS,
      assortment: await readLinks(queries, account, 'assortment', goods),
      document: NO_LINKS,
    },
    sizes: new Map(),
  };
}

/** One position of a document. */
export function printPosition(
  kind: Kind,
  document: ObjectRow,
  position: PositionRow,
  printing: Printing,
): object {
  const printed: Record<string, unknown> = {
    meta: positionMeta(printing.base, kind.type, document.uuid, position.uuid),
    id: position.uuid,
    accountId: printing.accountId,
  };
  const columns: Readonly<Record<string, number>> = {
    quantity: position.quantity,
    price: position.price,
    assortment: position.assortment,
  };
  for (const [name, field] of Object.entries(kind.positions?.fields ?? {})) {
    const stored = (field.column === undefined ? position.body[name] : columns[field.column]) ?? field.absent;
    if (stored === undefined) continue;
    const value = field.print(stored, printing, document);
    if (value !== undefined) printed[name] = value;
  }
  return printed;
}
