/** What a fresh account holds (contract: Entities, seeded in a new account). */
import type { Account } from '../accounts/account.ts';
import type { Writing } from '../database/database.ts';
import type { Ids } from '../platform/ids.ts';
import { type Author, type EntityDraft, writeEntities } from './entities/drafts.ts';
import { recordChange } from './ledger/changes.ts';

export interface Seeding {
  readonly ids: Ids;
  /** The Clock's ms. */
  readonly now: number;
  /** Login of the administrator. */
  readonly login: string;
}

/** Name, description and code of the international list; code and external code are the same. */
const UNITS: readonly (readonly [name: string, description: string, code: string])[] = [
  ['pcs', 'Piece', '796'],
  ['kg', 'Kilogram', '166'],
  ['g', 'Gram', '163'],
  ['t', 'Tonne (1000 kg)', '168'],
  ['l', 'Litre', '112'],
  ['m', 'Metre', '006'],
  ['m2', 'Square metre', '055'],
  ['m3', 'Cubic metre', '113'],
  ['pack', 'Pack', '778'],
  ['box', 'Box', '812'],
  ['pair', 'Pair (2 pieces)', '715'],
  ['set', 'Set', '839'],
  ['h', 'Hour', '356'],
];

const RUPEE: EntityDraft = {
  name: 'rupee',
  code: '356',
  body: {
    fullName: 'Indian rupee',
    isoCode: 'INR',
    default: 1,
    majorUnit: { gender: 'masculine', s1: 'rupee', s2: 'rupees', s5: 'rupees' },
    minorUnit: { gender: 'masculine', s1: 'paisa', s2: 'paise', s5: 'paise' },
  },
};

/**
 * Fills an account that was just made, in its transaction: group, administrator, organization, store, currency, price
 * type, units. Answers the UUID of the administrator.
 */
export async function seedAccount(
  tx: Writing,
  { key: account, name }: Account,
  { ids, now, login }: Seeding,
): Promise<string> {
  const employee = ids.uuid();
  const group = ids.uuid();
  // Names carry no moment, so no zone matters here.
  const author: Author = { now, zone: 'UTC', ids, owner: employee, group };
  const write = (kind: string, ...drafts: EntityDraft[]) => writeEntities(tx, account, kind, drafts, author);
  await write('group', { uuid: group, name: 'Main department', body: { index: 0 } });
  await write('employee', {
    uuid: employee,
    name: 'Administrator',
    body: { lastName: 'Administrator', uid: login },
  });
  await write('currency', RUPEE);
  await write('pricetype', { name: 'Sale price' });
  await write('organization', { name });
  await write('store', { name: 'Main warehouse' });
  await writeEntities(
    tx,
    account,
    'uom',
    UNITS.map(([unit, description, code]) => ({
      name: unit,
      code,
      externalCode: code,
      body: { description, builtIn: 1 },
    })),
    { now, zone: 'UTC', ids },
  );
  await recordChange(tx, account, [], now);
  return employee;
}
