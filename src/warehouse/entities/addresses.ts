/** Addresses: as a text and in parts, two fields that follow from each other. */
import { type Field, readText, text } from './fields.ts';
import { isStoredObject } from './objects.ts';
import { isObject, type Reading } from './reading.ts';
import type { Stored } from './rows.ts';

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
