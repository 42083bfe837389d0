/** Fields that hold objects or lists of them: prices, addresses, barcodes, packs. Kept as JSON in the body. */
import { problem } from '../../contract/errors.ts';
import { entityMeta } from '../../contract/meta.ts';
import { isUuid } from '../../contract/values.ts';
import { fromE4 } from '../amounts.ts';
import { type Field, readDecimal, readText, text } from './fields.ts';
import type { Printing } from './printing.ts';
import { isObject, type Reading } from './reading.ts';
import { findReference, linkOf, printReference } from './references.ts';
import type { Stored } from './rows.ts';

type StoredObject = { readonly [name: string]: Stored };
const isStoredObject = (stored: Stored | undefined): stored is StoredObject => isObject(stored);
const elements = (stored: Stored): readonly Stored[] => (Array.isArray(stored) ? stored : []);

/** Elements of a list in a body: the good ones; 3012 for an element that is no object. */
function readList(
  value: unknown,
  at: Reading,
  read: (element: Readonly<Record<string, unknown>>, at: Reading) => Stored | undefined,
): readonly Stored[] | null | undefined {
  if (value === null) return null;
  if (!Array.isArray(value)) return at.wrongType('array');
  const kept: Stored[] = [];
  for (const [index, element] of value.entries()) {
    if (!isObject(element)) at.refuse(problem(3012, [at.name], at.at(index).place));
    else {
      const stored = read(element, at.at(index));
      if (stored !== undefined) kept.push(stored);
    }
  }
  return kept.length === 0 ? null : kept;
}

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

/** The parts of an address in the order in which its text names them, with their greatest lengths; `comment` is not named. */
const ADDRESS: Readonly<Record<string, number>> = {
  postalCode: 6,
  city: 255,
  street: 255,
  house: 30,
  apartment: 30,
  addInfo: 255,
  comment: 255,
};

/**
 * An address as text and in parts: two fields that follow from each other. Parts count before the text; a text alone
 * becomes `addInfo`; an empty text clears both.
 */
export function addressFields<Name extends string>(
  name: Name,
): Readonly<Record<Name | `${Name}Full`, Field>> {
  const full: `${Name}Full` = `${name}Full`;
  const fields: Record<string, Field> = {
    [name]: text(255),
    [full]: {
      type: 'object',
      kept: 'json',
      read: readAddress,
      print: (stored) => stored,
      settle(changes) {
        const parts = changes.get(full);
        const written = changes.get(name);
        if (parts !== undefined) changes.set(name, addressText(parts));
        else if (written !== undefined) changes.set(full, written === null ? null : { addInfo: written });
      },
    },
  };
  return fields as Readonly<Record<Name | `${Name}Full`, Field>>;
}

function readAddress(value: unknown, at: Reading): Stored | null | undefined {
  if (value === null || value === '') return null;
  if (!isObject(value)) return at.wrongType('object');
  const parts: Record<string, Stored> = {};
  for (const [part, max] of Object.entries(ADDRESS)) {
    const read = value[part] === undefined ? null : readText(value[part], max, at.at(part));
    if (typeof read === 'string') parts[part] = read;
  }
  return Object.keys(parts).length === 0 ? null : parts;
}

function addressText(parts: Stored | null): string | null {
  if (parts === null || !isStoredObject(parts)) return null;
  const named = Object.keys(ADDRESS).filter((part) => part !== 'comment' && parts[part] !== undefined);
  return named.length === 0 ? null : named.map((part) => String(parts[part])).join(', ');
}

const BARCODES = ['ean13', 'ean8', 'code128', 'gtin', 'upc'] as const;
const BARCODE_MAX = 255;

/** `[{ean13: "…"}, …]`: one code an element, named by its type. */
export function barcodes(): Field {
  return { type: 'array', kept: 'json', read: readBarcodes, print: (stored) => stored };
}

function readBarcodes(value: unknown, at: Reading): readonly Stored[] | null | undefined {
  return readList(value, at, (element, place) => {
    const type = BARCODES.find((each) => element[each] !== undefined);
    if (type === undefined) {
      const found = Object.keys(element)[0] ?? '';
      return place.refuse(problem(2029, [found, at.name, BARCODES.join(', ')], place.place));
    }
    const code = element[type];
    if (typeof code !== 'string') return place.at(type).wrongType('string');
    if (code.length > BARCODE_MAX) return place.refuse(problem(3011, [], place.place));
    if (type === 'gtin' && !isGtin(code)) return place.refuse(problem(3014, [code], place.place));
    return { [type]: code };
  });
}

/** Digits weighted 3 and 1 from the right, the check digit apart, make a multiple of ten with it. */
function isGtin(code: string): boolean {
  if (!/^(\d{8}|\d{12,14})$/.test(code)) return false;
  const digits = Array.from(code, Number).reverse();
  const sum = digits.reduce((total, digit, index) => total + digit * (index % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** `[{id, uom, quantity, barcodes}]`; a pack keeps its id, a new one gets one. */
export function packs(): Field {
  return {
    type: 'array',
    kept: 'json',
    leadsTo: ['uom'],
    read: (value, at) =>
      readList(value, at, (element, place) => {
        const uom = findReference(element.uom, ['uom'], place.at('uom'));
        const quantity = readDecimal(element.quantity, { min: 0 }, place.at('quantity'));
        const codes =
          element.barcodes === undefined ? null : readBarcodes(element.barcodes, place.at('barcodes'));
        if (uom === undefined || quantity === undefined || codes === undefined) return undefined;
        const id =
          typeof element.id === 'string' && isUuid(element.id)
            ? element.id.toLowerCase()
            : at.parts.ids.uuid();
        return { id, uom: `uom/${uom.uuid}`, quantity, ...(codes !== null && { barcodes: codes }) };
      }),
    print: (stored, printing) =>
      elements(stored).map((each) => {
        const { id, uom, quantity, barcodes } = isStoredObject(each) ? each : {};
        return {
          id,
          ...(uom !== undefined && { uom: printReference(uom, 'entity', printing) }),
          quantity: fromE4(Number(quantity)),
          ...(barcodes !== undefined && { barcodes }),
        };
      }),
  };
}

/** A list of texts: serial numbers, groups of counterparties. */
export function texts(max: number): Field {
  return {
    type: 'array',
    kept: 'json',
    read: (value, at) => {
      if (value === null) return null;
      if (!Array.isArray(value)) return at.wrongType('array');
      const read = value.map((each, index) => readText(each, max, at.at(index)));
      if (read.includes(undefined)) return undefined;
      const kept = read.filter((each) => typeof each === 'string');
      return kept.length === 0 ? null : kept;
    },
    print: (stored) => stored,
  };
}

/** An object of texts: the forms of a currency's names. */
export function textsByName(names: readonly string[], max: number): Field {
  return {
    type: 'object',
    kept: 'json',
    read: (value, at) => {
      if (value === null) return null;
      if (!isObject(value)) return at.wrongType('object');
      const parts: Record<string, Stored> = {};
      for (const name of names) {
        const read = value[name] === undefined ? null : readText(value[name], max, at.at(name));
        if (typeof read === 'string') parts[name] = read;
      }
      return parts;
    },
    print: (stored) => stored,
  };
}
