/** Fields that many kinds have, with their places in the tables (contract: Common fields). */
import { flag, moment, reference, text, uuid } from '../entities/fields.ts';

/** Who an object belongs to; built-in objects belong to nobody. */
export const owned = {
  owner: reference(['employee'], { isOwned: true }),
  shared: flag(false, { isOwned: true }),
  group: reference(['group'], { isOwned: true }),
};

export const syncId = uuid({ column: 'sync_id' });
export const updated = moment('milliseconds', { column: 'updated', isReadOnly: true });
export const created = moment('milliseconds', { column: 'created', isReadOnly: true });
export const name = text(255, { column: 'name', isRequired: true, hasTwinColumn: true });
export const code = text(255, { column: 'code', hasTwinColumn: true });
export const externalCode = text(255, { column: 'external_code' });
export const archived = flag(false, { column: 'archived' });
export const description = text(4096, { isNullable: true });

/** Names of the parents joined by `/`; kept true by `paths.ts`. */
export const pathName = {
  ...text(4096, { column: 'path_name', hasTwinColumn: true, isReadOnly: true }),
  absent: '',
};

/** Taxes of goods and folders, as written: nothing is computed from them here. */
export const vatRate = { min: 0, max: 99 } as const;
export const TAX_SYSTEMS = [
  'GENERAL_TAX_SYSTEM',
  'SIMPLIFIED_TAX_SYSTEM_INCOME',
  'SIMPLIFIED_TAX_SYSTEM_INCOME_OUTCOME',
  'UNIFIED_AGRICULTURAL_TAX',
  'PRESUMPTIVE_TAX_SYSTEM',
  'PATENT_BASED',
  'TAX_SYSTEM_SAME_AS_GROUP',
];
