import { moment, text } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import { texts } from '../../entities/objects.ts';
import { priceType } from '../../entities/prices.ts';
import { contacts, legal } from '../company-fields.ts';
import { archived, code, created, externalCode, name, owned, syncId, updated } from '../shared-fields.ts';

export const counterparty = declareKind({
  type: 'counterparty',
  table: 'entity',
  search: {
    fields: ['name', 'code', 'legalTitle', 'email', 'phone', 'discountCardNumber'],
    match: 'substring',
  },
  fields: {
    syncId,
    ...owned,
    updated,
    name,
    description: text(4096),
    code,
    externalCode,
    archived,
    created,
    ...legal,
    ...contacts,
    priceType: priceType(),
    tags: texts(255, { isFiltered: true }),
    discountCardNumber: text(255, { isNullable: true }),
    birthDate: moment('milliseconds', { filter: false, isNullable: true }),
    sex: text(255, { filter: false }),
  },
});
