/**
 * From a line of an order file to a position. Pure. A line that cannot become one is rejected with a reason, never
 * guessed at and never dropped in silence.
 */
/** The columns that an order file must have; each can be given under another name. */
export const ORDER_COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;
export type OrderColumn = (typeof ORDER_COLUMNS)[number];

export type OrderKind = 'demand' | 'salesreturn' | 'loss';

/** A line that became a position. */
export interface OrderLine {
  readonly kind: OrderKind;
  readonly invoice: string;
  /** StockCode, trimmed; upper and lower case differ. */
  readonly code: string;
  readonly description: string;
  /** ×10^4, always positive. */
  readonly quantity: number;
  /** ms. */
  readonly moment: number;
  /** Minor units ×10^4, whole minor units. */
  readonly price: number;
  readonly customer: string;
  readonly store: string;
}

export type Mapped = { readonly line: OrderLine } | { readonly rejected: string };

/** Where each column stands in a record; by the header's names. */
export type ColumnIndexes = Readonly<Record<OrderColumn, number>>;

export const RETAIL_BUYER = 'Retail buyer';
const UNNAMED_STORE = 'Unspecified';
const LONGEST_NAME = 255;

/** Finds the columns by the header line. `names` says what a column is called where not by its own name. */
export function locateColumns(
  header: readonly string[],
  names: Readonly<Partial<Record<OrderColumn, string>>>,
): ColumnIndexes | { readonly missing: readonly string[] } {
  const trimmed = header.map((name) => name.trim());
  const entries = ORDER_COLUMNS.map((column) => [column, trimmed.indexOf(names[column] ?? column)] as const);
  const missing = entries.filter(([, index]) => index < 0).map(([column]) => names[column] ?? column);
  return missing.length > 0 ? { missing } : (Object.fromEntries(entries) as Record<OrderColumn, number>);
}

/** Maps one record. `parseMoment` reads a date in the account's zone, undefined when it is none. */
export function mapOrderLine(
  record: readonly string[],
  at: ColumnIndexes,
  parseMoment: (text: string) => number | undefined,
): Mapped {
  const cell = (column: OrderColumn): string => (record[at[column]] ?? '').trim();
  const invoice = cell('InvoiceNo');
  if (invoice === '') return { rejected: 'no InvoiceNo' };
  if (invoice.length > LONGEST_NAME) return { rejected: `InvoiceNo over ${LONGEST_NAME} characters` };
  const code = cell('StockCode');
  if (code === '') return { rejected: 'no StockCode' };
  if (code.length > LONGEST_NAME) return { rejected: `StockCode over ${LONGEST_NAME} characters` };
  const quantity = scaled(cell('Quantity'), 4);
  if (quantity === undefined) return { rejected: `unreadable Quantity '${cell('Quantity')}'` };
  if (quantity === 0) return { rejected: 'Quantity is 0' };
  const minor = scaled(cell('UnitPrice'), 2);
  if (minor === undefined) return { rejected: `unreadable UnitPrice '${cell('UnitPrice')}'` };
  // Before rounding: a tenth of a minor unit below 0 is negative, too.
  if (/^-.*[1-9]/.test(cell('UnitPrice'))) return { rejected: `UnitPrice ${cell('UnitPrice')} is negative` };
  const moment = parseMoment(cell('InvoiceDate'));
  if (moment === undefined) return { rejected: `unreadable InvoiceDate '${cell('InvoiceDate')}'` };
  const line: OrderLine = {
    kind: invoice.startsWith('C') ? 'salesreturn' : quantity > 0 ? 'demand' : 'loss',
    invoice,
    code,
    description: cell('Description').slice(0, LONGEST_NAME),
    quantity: Math.abs(quantity),
    moment,
    price: minor * 10_000,
    customer: cell('CustomerID').replace(/\.0$/, '').slice(0, LONGEST_NAME) || RETAIL_BUYER,
    store: cell('Country').slice(0, LONGEST_NAME) || UNNAMED_STORE,
  };
  return { line };
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$/;
const MOST_DIGITS = 11;

/** A decimal text as an integer scaled by 10^places, halves away from zero; undefined when it is no plain number. */
export function scaled(text: string, places: number): number | undefined {
  const match = DECIMAL.exec(text);
  if (match === null || match[2] === undefined || match[2].length > MOST_DIGITS) return undefined;
  const fraction = (match[3] ?? '').padEnd(places + 1, '0');
  const digits = Number(match[2] + fraction.slice(0, places));
  const rounded = digits + (fraction.charCodeAt(places) >= 0x35 ? 1 : 0);
  return match[1] === '-' && rounded !== 0 ? -rounded : rounded;
}
