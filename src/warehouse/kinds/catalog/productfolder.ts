import { choice, flag, integer, reference } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import {
  archived,
  code,
  description,
  externalCode,
  name,
  owned,
  pathName,
  TAX_SYSTEMS,
  updated,
  vatRate,
} from '../shared-fields.ts';

export const productfolder = declareKind({
  type: 'productfolder',
  table: 'entity',
  search: { fields: ['name', 'code'], match: 'words' },
  parentField: 'productFolder',
  fields: {
    ...owned,
    updated,
    name,
    description,
    code,
    externalCode,
    archived: { ...archived, isReadOnly: true },
    pathName,
    productFolder: reference(['productfolder'], { column: 'parent' }),
    vat: integer(vatRate, { filter: false }),
    vatEnabled: flag(undefined, { filter: false }),
    useParentVat: flag(true, { filter: false }),
    taxSystem: choice(TAX_SYSTEMS, undefined, { filter: false }),
  },
});
