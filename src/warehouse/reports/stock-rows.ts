/**
 * The rows of `report/stock/bystore`: an assortment and what each store holds of it. A row is flat, one column a
 * store: 100,000 × 10 make a million cells, and each saved array or object counts.
 */
import { entityMeta } from '../../contract/meta.ts';
import type { Family } from '../../database/database.ts';
import { cellLess, type Stock } from '../ledger/balances.ts';
import type { ReportRow, RowPart } from './report.ts';

/** A store that the report shows. */
export interface ShownStore {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
}

/** Column 0 is the product's UUID, column 1 + i the stock (×10^4) in store i. */
export function stockRowShape(base: string, stores: readonly ShownStore[]): readonly RowPart[] {
  const { href, ...rest } = entityMeta(base, 'product', '');
  const parts: RowPart[] = [
    { literal: `{"meta":{"href":${JSON.stringify(href).slice(0, -1)}` },
    { raw: 0 },
    { literal: `?expand=supplier",${membersOf(rest)}},"stockByStore":[` },
  ];
  for (const [index, { uuid, name }] of stores.entries()) {
    const cell = { meta: entityMeta(base, 'store', uuid), name };
    parts.push({ literal: `${index === 0 ? '' : ','}{${membersOf(cell)},"stock":` });
    parts.push({ decimal: 1 + index });
    // Nothing reserves and nothing is awaited until there are orders.
    parts.push({ literal: ',"reserve":0,"inTransit":0}' });
  }
  parts.push({ literal: ']}' });
  return parts;
}

const membersOf = (object: object): string => JSON.stringify(object).slice(1, -1);

/** Makes rows of families: parents are (id, uuid), children (store, quantity). */
export function stockRowMaker(
  stores: readonly ShownStore[],
  later: Stock['later'],
): (family: Family) => ReportRow {
  const columns = new Map(stores.map(({ id }, index) => [id, 1 + index]));
  const empty: readonly (number | string)[] = ['', ...stores.map(() => 0)];
  return ([parent, cells]) => {
    const row = empty.slice();
    row[0] = String(parent[1]);
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      const column = columns.get(Number(cell[0]));
      if (column !== undefined) row[column] = Number(cell[1]);
    }
    if (later.size === 0) return row;
    for (const [store, quantity] of later.get(Number(parent[0])) ?? []) {
      const column = columns.get(store);
      if (column !== undefined) row[column] = cellLess(Number(row[column]), quantity);
    }
    return row;
  };
}
