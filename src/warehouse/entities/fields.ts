/**
 * The types of fields. A type knows where its values are kept, how they are read from a body, printed, filtered and
 * sorted; a kind only names its fields. Nested shapes are `objects.ts`, `prices.ts` and `addresses.ts`.
 */
import type { FilterField } from '../../contract/conditions.ts';
import { problem } from '../../contract/errors.ts';
import type { Operator } from '../../contract/filter.ts';
import { formatMoment, parseMoment, toMinute } from '../../contract/moments.ts';
import { isUuid } from '../../contract/values.ts';
import { amountE4, fromE4 } from '../amounts.ts';
import type { Table } from './kind.ts';
import type { Printing } from './printing.ts';
import type { Reading } from './reading.ts';
import { findReference, printReference } from './references.ts';
import type { ObjectRow, Stored } from './rows.ts';

/** What a body changes: a stored value per field, null where it clears one. */
export type Changes = Map<string, Stored | null>;

export interface Field {
  /** What error 2016 calls the type. */
  readonly type: string;
  /** Column of the kind's table; a field without one is a member of the JSON body, under its own name. */
  readonly column?: string;
  /** How the value is kept, for SQL: what cannot be compared is `json`. */
  readonly kept: 'text' | 'integer' | 'json';
  /** Where the folded twin of a text lies that is also matched without regard to case (`twins.ts`). */
  readonly twin?: 'column' | 'body';
  /** Of a list: the texts that it is filtered by, one of which must meet a condition (`twins.ts`). */
  readonly textsIn?: (stored: Stored) => readonly string[];
  /** Needed at creation and never emptied (3000). */
  readonly isRequired?: boolean;
  /** Whatever a body says of it is ignored. */
  readonly isReadOnly?: boolean;
  /** Read at creation, ignored afterwards. */
  readonly isNewOnly?: boolean;
  /** Printed only where an owner is: the built-in objects of an account have none. */
  readonly isOwned?: boolean;
  /** What is printed and compared where nothing is stored. */
  readonly absent?: Stored;
  readonly filter?: FilterField;
  readonly isSortable?: boolean;
  /** Of a reference: the kinds that it may lead to. */
  readonly leadsTo?: readonly string[];
  /** Of a reference in a column: the table whose key it is. */
  readonly table?: Table;
  /** The stored form of a body's value; null clears; undefined: a problem was noted. */
  read(value: unknown, at: Reading): Stored | null | undefined;
  print(stored: Stored, printing: Printing, row: ObjectRow): unknown;
  /** Called once all fields of a body are read: fields that follow from each other. */
  settle?(changes: Changes): void;
}

type Flags = Partial<Pick<Field, 'column' | 'isRequired' | 'isReadOnly' | 'isOwned'>>;

/** Flags of a field that is usually filtered and sorted by. */
export interface Options extends Flags {
  /** `false` where the API has no filter for it. */
  readonly filter?: false;
  /** Null clears it, where the type itself would refuse null. */
  readonly isNullable?: boolean;
}

/** Operators of texts. */
export const TEXT_OPERATORS: readonly Operator[] = ['=', '!=', '~', '~=', '=~'];
const EQUALITY: readonly Operator[] = ['=', '!='];
const ORDERED: readonly Operator[] = ['=', '!=', '<', '>', '<=', '>='];

function filterBy(options: Options, filter: FilterField): Pick<Field, 'filter'> {
  return options.filter === false ? {} : { filter };
}

function flagsOf({ filter: _filter, isNullable: _isNullable, ...flags }: Options): Flags {
  return flags;
}

/** Text of at most `max` characters. Empty text clears it; where the field is required, so does one of blanks. */
export function text(
  max: number,
  { hasTwinColumn = false, ...options }: Options & { readonly hasTwinColumn?: boolean } = {},
): Field {
  return {
    ...flagsOf(options),
    type: 'string',
    kept: 'text',
    ...(options.filter !== false && { twin: hasTwinColumn ? 'column' : 'body' }),
    isSortable: true,
    ...filterBy(options, { type: 'string', operators: TEXT_OPERATORS }),
    read: (value, at) => {
      if (value === null && options.isNullable === true) return null;
      const read = readText(value, max, at);
      return options.isRequired === true && typeof read === 'string' && read.trim() === '' ? null : read;
    },
    print: (stored) => stored,
  };
}

/** As much as every address has; who it reaches only a message can tell. */
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** An e-mail address; what has not the form of one is refused with 3015. */
export function email(): Field {
  const field = text(255);
  return {
    ...field,
    read: (value, at) => {
      const read = field.read(value, at);
      const isBad = typeof read === 'string' && !EMAIL.test(read);
      return isBad ? at.refuse(problem(3015, [read], at.place)) : read;
    },
  };
}

/** A text from a body: null where it is empty. */
export function readText(value: unknown, max: number, at: Reading): string | null | undefined {
  if (typeof value !== 'string') return at.wrongType('string');
  // `length` counts UTF-16 units: a shorter text needs no second look.
  if (value.length > max && Array.from(value).length > max) {
    return at.refuse(problem(3040, [at.name, max], at.place));
  }
  return value === '' ? null : value;
}

/** True or false; `absent` is printed where nothing is stored, without it the field is absent too. */
export function flag(absent?: boolean, options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'boolean',
    kept: 'integer',
    isSortable: true,
    ...(absent !== undefined && { absent: absent ? 1 : 0 }),
    ...filterBy(options, { type: 'boolean', operators: EQUALITY }),
    read: (value, at) => (typeof value === 'boolean' ? Number(value) : at.wrongType('boolean')),
    print: (stored) => stored === 1,
  };
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly absent?: number;
}

/** Bounds of a number that is kept as it was written. */
interface DoubleBounds {
  readonly absent: number;
  /** 0 and below are refused: 3003 and 3002. */
  readonly isPositive?: boolean;
  /** On either side of 0. */
  readonly max: number;
}

/** A whole number; outside its bounds 3002 (below 0), 3003 (below a least value above 0) and 3008. */
export function integer(bounds: Bounds = {}, options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'integer',
    kept: 'integer',
    isSortable: true,
    ...(bounds.absent !== undefined && { absent: bounds.absent }),
    ...filterBy(options, { type: 'integer', operators: ORDERED }),
    read: (value, at) => {
      if (!Number.isInteger(value) || typeof value !== 'number') return at.wrongType('integer');
      return Number.isSafeInteger(value) ? within(value, bounds, at) : tooLarge(at);
    },
    print: (stored) => stored,
  };
}

/** A number of at most four decimals, kept × 10^4; bounds in units. */
export function decimal(bounds: Bounds = {}, options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'number',
    kept: 'integer',
    isSortable: true,
    ...(bounds.absent !== undefined && { absent: bounds.absent }),
    ...filterBy(options, { type: 'quantity', operators: ORDERED }),
    read: (value, at) => readDecimal(value, bounds, at),
    print: (stored) => fromE4(Number(stored)),
  };
}

/** A decimal from a body × 10^4. */
export function readDecimal(value: unknown, bounds: Bounds, at: Reading): number | undefined {
  if (typeof value !== 'number') return at.wrongType('number');
  const amount = amountE4(value);
  if (amount === undefined) return tooLarge(at);
  return within(value, bounds, at) === undefined ? undefined : amount;
}

const tooLarge = (at: Reading): undefined => at.refuse(problem(3008, [at.name], at.place));

function within(value: number, { min, max }: Bounds, at: Reading): number | undefined {
  if (min !== undefined && value < min) {
    return at.refuse(problem(value < 0 ? 3002 : 3003, [at.name], at.place));
  }
  if (max !== undefined && value > max) return tooLarge(at);
  return value;
}

/** A number as it was written, for rates: no amount is computed from it. */
export function double(bounds: DoubleBounds, options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'number',
    kept: 'json',
    absent: bounds.absent,
    read: (value, at) => readDouble(value, bounds, at),
    print: (stored) => stored,
  };
}

function readDouble(value: unknown, { isPositive, max }: DoubleBounds, at: Reading): number | undefined {
  if (typeof value !== 'number') return at.wrongType('number');
  if (isPositive === true && value < 0) return at.refuse(problem(3002, [at.name], at.place));
  if (isPositive === true && value === 0) return at.refuse(problem(3003, [at.name], at.place));
  return Math.abs(value) > max ? tooLarge(at) : value;
}

/** A date; `minutes` cuts it to the minute, as the moments of documents are. */
export function moment(precision: 'milliseconds' | 'minutes', options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'date',
    kept: 'integer',
    isSortable: true,
    ...filterBy(options, { type: 'date', operators: ORDERED }),
    read: (value, at) => {
      if (value === null && options.isNullable === true) return null;
      const read = typeof value === 'string' ? parseMoment(value, at.parts.zone) : undefined;
      if (read === undefined) return at.wrongType('date (YYYY-MM-DD HH:mm:ss)');
      return precision === 'minutes' ? toMinute(read.ms) : read.ms;
    },
    print: (stored, { zone }) => formatMoment(Number(stored), zone),
  };
}

/** One of a list of words; `absent` where nothing is stored. */
export function choice(values: readonly string[], absent?: string, options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'enum',
    kept: 'text',
    ...(absent !== undefined && { absent }),
    ...filterBy(options, { type: 'enum', operators: EQUALITY, values }),
    read: (value, at) => {
      if (typeof value !== 'string') return at.wrongType('string');
      if (values.includes(value)) return value;
      return at.refuse(problem(3005, [value, at.name, values.join(', ')], at.place));
    },
    print: (stored) => stored,
  };
}

/** A UUID that is given, not made: `syncId`. */
export function uuid(options: Options = {}): Field {
  return {
    ...flagsOf(options),
    type: 'UUID',
    kept: 'text',
    isSortable: true,
    ...filterBy(options, { type: 'uuid', operators: EQUALITY }),
    read: (value, at) =>
      typeof value === 'string' && isUuid(value) ? value.toLowerCase() : at.wrongType('UUID'),
    print: (stored) => stored,
  };
}

/** A reference to an object of one of the kinds: in a column its key in `table`, in the body `type/uuid`. */
export function reference(
  kinds: readonly string[],
  { table = 'entity', ...options }: Options & { readonly table?: Table } = {},
): Field {
  return {
    ...flagsOf(options),
    type: 'object',
    kept: options.column === undefined ? 'text' : 'integer',
    leadsTo: kinds,
    table,
    ...filterBy(options, { type: 'reference', operators: EQUALITY, kinds }),
    read: (value, at) => {
      if (value === null) return null;
      const found = findReference(value, kinds, at);
      if (found === undefined) return undefined;
      return options.column === undefined ? `${found.kind}/${found.uuid}` : found.id;
    },
    print: (stored, printing) => printReference(stored, table, printing),
  };
}

/** Read-only, made of the row when it is printed; nothing is stored. Undefined leaves it out. */
export function computed(print: (row: ObjectRow, printing: Printing) => unknown): Field {
  return {
    type: 'object',
    kept: 'json',
    isReadOnly: true,
    absent: 0,
    read: () => undefined,
    print: (_stored, printing, row) => print(row, printing),
  };
}
