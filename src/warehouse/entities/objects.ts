/** Fields that hold objects or lists: barcodes, packs, texts. Kept as JSON in the body; prices and addresses are beside. */
import { problem } from '../../contract/errors.ts';
import { isUuid } from '../../contract/values.ts';
import { fromE4 } from '../amounts.ts';
import { type Field, readDecimal, readText, TEXT_OPERATORS } from './fields.ts';
import { isObject, type Reading } from './reading.ts';
import { findReference, printReference } from './references.ts';
import type { Stored } from './rows.ts';

/** An object as it is kept. */
export type StoredObject = { readonly [name: string]: Stored };
/** Whether a kept value is an object. */
export const isStoredObject = (stored: Stored | undefined): stored is StoredObject => isObject(stored);
/** The elements of a kept list. */
export const elements = (stored: Stored): readonly Stored[] => (Array.isArray(stored) ? stored : []);

/** Elements of a list in a body: the good ones; 3012 for an element that is no object. */
export function readList(
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

const BARCODES = ['ean13', 'ean8', 'code128', 'gtin', 'upc'] as const;
const BARCODE_MAX = 255;

/** `[{ean13: "…"}, …]`: one code an element, named by its type. */
export function barcodes(): Field {
  return {
    type: 'array',
    kept: 'json',
    filter: { type: 'string', operators: TEXT_OPERATORS },
    textsIn: (stored) =>
      elements(stored).flatMap((each) => (isStoredObject(each) ? Object.values(each) : []).map(String)),
    read: readBarcodes,
    print: (stored) => stored,
  };
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
export function texts(max: number, { isFiltered = false }: { readonly isFiltered?: boolean } = {}): Field {
  return {
    type: 'array',
    kept: 'json',
    ...(isFiltered && {
      filter: { type: 'string', operators: TEXT_OPERATORS },
      textsIn: (stored: Stored) => elements(stored).map(String),
    }),
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
