import { declareKind } from '../../entities/kind.ts';
import { code, description, externalCode, name, owned, updated } from '../shared-fields.ts';

/** Units of measure. The standard ones are built in: they belong to nobody and cannot be changed. */
export const uom = declareKind({
  type: 'uom',
  table: 'entity',
  search: { fields: ['name', 'description', 'code'], match: 'words' },
  fields: { ...owned, updated, name, description, code, externalCode },
});
