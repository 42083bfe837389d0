import { decimal, flag, moment, text } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import { contacts, legal } from '../company-fields.ts';
import { archived, code, created, externalCode, name, owned, syncId, updated } from '../shared-fields.ts';

export const organization = declareKind({
  type: 'organization',
  table: 'entity',
  search: { fields: ['name', 'code', 'legalTitle'], match: 'words' },
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
    isEgaisEnable: flag(undefined, { filter: false }),
    payerVat: flag(undefined, { filter: false }),
    advancePaymentVat: decimal({ min: 0 }, { filter: false }),
    director: text(255, { filter: false }),
    directorPosition: text(255, { filter: false }),
    chiefAccountant: text(255, { filter: false }),
    trackingContractNumber: text(255, { filter: false }),
    trackingContractDate: moment('milliseconds', { filter: false, isNullable: true }),
  },
});
