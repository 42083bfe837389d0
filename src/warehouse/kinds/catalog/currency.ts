import { apiError } from '../../../contract/errors.ts';
import { computed, double, flag, integer, text } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import { textsByName } from '../../entities/objects.ts';
import type { ObjectRow } from '../../entities/rows.ts';
import { archived, name } from '../shared-fields.ts';
import { systemCurrency } from './system-currencies.ts';

const WORD_FORMS = ['gender', 's1', 's2', 's5'];

/** Far above every rate there is, and far below where doubles lose the fourth decimal. */
const RATE_MAX = 1_000_000_000;

/** The currency of the account: all rates are against it. */
const isDefault = ({ body }: ObjectRow): boolean => body.default === 1;

/** A system currency has its names and codes from the list, whatever the body says of them. */
function completeFromList(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (body.system !== true) return body;
  const { code = '', isoCode = '' } = body;
  // Reading the fields refuses these.
  if (typeof code !== 'string' || typeof isoCode !== 'string') return body;
  if (code === '' && isoCode === '') throw apiError(31002, [], { parameter: 'code', path: ['code'] });
  const found = systemCurrency(code || undefined, isoCode || undefined);
  const field = code === '' ? 'isoCode' : 'code';
  if (found === undefined) throw apiError(31001, [], { parameter: field, path: [field] });
  return { ...body, ...found };
}

export const currency = declareKind({
  type: 'currency',
  table: 'entity',
  accountId: 'hidden',
  search: { fields: ['name', 'fullName', 'code', 'isoCode'], match: 'words' },
  keeps: (row) => (isDefault(row) ? 31000 : undefined),
  complete: completeFromList,
  unique: [{ field: 'code', code: 3006 }],
  fixed: [{ field: 'rate', code: 31003, of: isDefault }],
  fields: {
    system: { ...flag(false), isNewOnly: true },
    name,
    fullName: text(255),
    rate: double({ absent: 1, isPositive: true, max: RATE_MAX }),
    multiplicity: integer({ min: 1, absent: 1 }),
    indirect: flag(false, { filter: false }),
    rateUpdateType: computed(() => 'manual'),
    margin: double({ absent: 0, max: RATE_MAX }),
    code: text(255, { column: 'code', hasTwinColumn: true, isRequired: true }),
    isoCode: text(255, { isRequired: true }),
    majorUnit: textsByName(WORD_FORMS, 255),
    minorUnit: textsByName(WORD_FORMS, 255),
    archived,
    default: { ...flag(false), isReadOnly: true },
  },
});
