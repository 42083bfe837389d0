import { addressFields } from '../../entities/addresses.ts';
import { reference } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import {
  archived,
  code,
  description,
  externalCode,
  name,
  owned,
  pathName,
  updated,
} from '../shared-fields.ts';

export const store = declareKind({
  type: 'store',
  table: 'entity',
  search: { fields: ['name', 'code'], match: 'words' },
  parentField: 'parent',
  fields: {
    ...owned,
    updated,
    name,
    description,
    code,
    externalCode,
    archived,
    ...addressFields('address'),
    pathName,
    parent: reference(['store'], { column: 'parent' }),
  },
});
