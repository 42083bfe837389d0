/** Prices of goods: an amount in a currency, and sale prices by price type. */
import { problem } from '../../contract/errors.ts';
import { entityMeta } from '../../contract/meta.ts';
import { fromE4 } from '../amounts.ts';
import { type Field, readDecimal } from './fields.ts';
import { elements, isStoredObject, readList, type StoredObject } from './objects.ts';
import type { Printing } from './printing.ts';
import { isObject, type Reading } from './reading.ts';
import { findReference, linkOf, printReference } from './references.ts';
import type { Stored } from './rows.ts';

/** `{value, currency}`; without a currency that of the account. */
export function price(): Field {
  return {
    type: 'object',
    kept: 'json',
    leadsTo: ['currency'],
    read: (value, at) => {
      if (value === null) return null;
      return isObject(value) ? readPrice(value, at) : at.wrongType('object');
    },
    print: printPrice,
  };
}

function readPrice(value: Readonly<Record<string, unknown>>, at: Reading): StoredObject | undefined {
  const amount = readDecimal(value.value ?? 0, { min: 0 }, at.at('value'));
  const currency = readCurrency(value.currency, at.at('currency'));
  return amount === undefined || currency === undefined ? undefined : { value: amount, ...currency };
}

function readCurrency(value: unknown, at: Reading): StoredObject | undefined {
  const { currency } = at.parts.defaults;
  if (value === undefined || value === null) {
    return currency === undefined ? {} : { currency: `currency/${currency}` };
  }
  const found = findReference(value, ['currency'], at);
  return found === undefined ? undefined : { currency: `currency/${found.uuid}` };
}

function printPrice(stored: Stored, printing: Printing): object {
  const { value = 0, currency } = isStoredObject(stored) ? stored : {};
  return {
    value: fromE4(Number(value)),
    ...(currency !== undefined && { currency: printReference(currency, 'entity', printing) }),
  };
}

/** `[{value, currency, priceType}]`, a price type at most once; without one the first of the account. */
export function salePrices(): Field {
  return {
    type: 'array',
    kept: 'json',
    leadsTo: ['currency', 'pricetype'],
    read: (value, at) => {
      const seen = new Set<Stored>();
      return readList(value, at, (element, place) => {
        const read = readPrice(element, place);
        const priceType = readPriceType(element.priceType, place.at('priceType'));
        if (read === undefined || priceType === undefined) return undefined;
        if (seen.has(priceType)) return place.refuse(problem(3013, [at.name], place.place));
        seen.add(priceType);
        return { ...read, priceType };
      });
    },
    print: (stored, printing) =>
      elements(stored).map((each) => ({
        ...printPrice(each, printing),
        priceType: printPriceType(isStoredObject(each) ? each.priceType : undefined, printing),
      })),
  };
}

/** A price type, printed with its name and external code. */
export function priceType(): Field {
  return {
    type: 'object',
    kept: 'text',
    leadsTo: ['pricetype'],
    read: (value, at) => (value === null ? null : readPriceType(value, at)),
    print: (stored, printing) => printPriceType(stored, printing),
  };
}

function readPriceType(value: unknown, at: Reading): string | undefined {
  const [first] = at.parts.defaults.priceTypes;
  if (value === undefined && first !== undefined) return `pricetype/${first.uuid}`;
  const found = findReference(value, ['pricetype'], at);
  return found === undefined ? undefined : `pricetype/${found.uuid}`;
}

function printPriceType(stored: Stored | undefined, { base, defaults }: Printing): object {
  const { uuid } = linkOf(stored);
  const known = defaults.priceTypes.find((each) => each.uuid === uuid);
  return {
    meta: entityMeta(base, 'pricetype', uuid),
    id: uuid,
    ...(known && { name: known.name, externalCode: known.externalCode }),
  };
}
