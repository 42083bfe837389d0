import { computed, double, flag, integer, text } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import { textsByName } from '../../entities/objects.ts';
import { archived, code, name } from '../shared-fields.ts';

const WORD_FORMS = ['gender', 's1', 's2', 's5'];

export const currency = declareKind({
  type: 'currency',
  table: 'entity',
  accountId: 'hidden',
  search: { fields: ['name', 'fullName', 'code', 'isoCode'], match: 'words' },
  keeps: ({ body }) => (body.default === 1 ? 31000 : undefined),
  fields: {
    system: { ...flag(false), isReadOnly: true },
    name,
    fullName: text(255),
    rate: double(1),
    multiplicity: integer({ min: 1, absent: 1 }),
    indirect: flag(false, { filter: false }),
    rateUpdateType: computed(() => 'manual'),
    margin: double(0),
    code: { ...code, isRequired: true },
    isoCode: text(255, { isRequired: true }),
    majorUnit: textsByName(WORD_FORMS, 255),
    minorUnit: textsByName(WORD_FORMS, 255),
    archived,
    default: { ...flag(false), isReadOnly: true },
  },
});
