/** Fields of every document and of every position (contract: Common fields, Documents). */
import { problem } from '../../../contract/errors.ts';
import { positionsMeta } from '../../../contract/meta.ts';
import {
  computed,
  decimal,
  type Field,
  flag,
  integer,
  moment,
  reference,
  text,
} from '../../entities/fields.ts';
import { printReference } from '../../entities/references.ts';
import { created, description, externalCode, name, owned, syncId, updated } from '../shared-fields.ts';

/** Prices are in the currency of the account; a document names it always. */
const rate = computed((_row, printing) => {
  const { currency } = printing.defaults;
  return currency === undefined
    ? undefined
    : { currency: printReference(`currency/${currency}`, 'entity', printing) };
});

/** Minor units; the sum of the positions. */
const sum: Field = {
  ...integer({}, { column: 'sum', isReadOnly: true, filter: false }),
  filter: { type: 'number', operators: ['=', '!=', '<', '>', '<=', '>='] },
};

/** What begins every document. */
export const documentHead = {
  syncId,
  ...owned,
  updated,
  name: { ...name, isRequired: false },
  description,
  code: text(255),
  externalCode,
  moment: moment('minutes', { column: 'moment' }),
  applicable: flag(true, { column: 'applicable' }),
};

/** What follows the fields of a kind: state of printing, sums, parties. */
export const documentMiddle = {
  created,
  deleted: moment('milliseconds', { column: 'deleted', isReadOnly: true }),
  // Nothing prints or publishes documents yet.
  printed: { ...flag(false), isReadOnly: true },
  published: { ...flag(false), isReadOnly: true },
  rate,
  sum,
  organization: reference(['organization'], { column: 'organization', isRequired: true }),
  store: reference(['store'], { column: 'store', isRequired: true }),
};

/** With whom a document is made. */
export const agent = reference(['counterparty', 'organization'], { column: 'agent', isRequired: true });

/** Prices for outsiders come with or without tax. */
export const taxed = {
  vatEnabled: flag(true, { filter: false }),
  vatIncluded: flag(true, { filter: false }),
};

/** Payments do not exist yet, so nothing is paid. */
export const payedSum = computed(() => 0);

/** The positions as a nested collection: its address and size. */
export const positionsField = computed(({ id, kind, uuid }, { base, sizes }) => ({
  meta: positionsMeta(base, kind, uuid, sizes.get(id) ?? 0),
}));

/** Goods that a position may hold. */
const GOODS = ['product'];

/** A quantity above 0, also once it is rounded to four decimals. */
const quantity: Field = {
  ...decimal({}, { column: 'quantity', isRequired: true, filter: false }),
  read: (value, at) => {
    const read = decimal().read(value, at);
    return typeof read === 'number' && read <= 0 ? at.refuse(problem(3003, [at.name], at.place)) : read;
  },
};

/** Percent; above 100 it has an error of its own. */
const percent = (field: Field, code: 17007 | 17008): Field => ({
  ...field,
  read: (value, at) =>
    typeof value === 'number' && value > 100 ? at.refuse(problem(code, [], at.place)) : field.read(value, at),
});

export const positionQuantity = {
  quantity,
  price: decimal({ min: 0, absent: 0 }, { column: 'price', filter: false }),
};

export const positionTaxes = {
  discount: percent(decimal({ absent: 0 }, { filter: false }), 17008),
  vat: percent(integer({ min: 0, absent: 0 }, { filter: false }), 17007),
  vatEnabled: flag(false, { filter: false }),
};

export const positionAssortment = {
  assortment: reference(GOODS, { column: 'assortment', table: 'assortment', isRequired: true }),
};

/** Overhead is not spread yet, so no position bears any. */
export const positionOverhead = { overhead: computed(() => 0) };
export const positionReason = { reason: text(255, { isNullable: true, filter: false }) };
