import { integer } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import { name } from '../shared-fields.ts';

/** A department of the account. */
export const group = declareKind({
  type: 'group',
  table: 'entity',
  unique: [{ field: 'name', code: 60001 }],
  fields: { name, index: integer({ min: 0 }, { filter: false }) },
});
