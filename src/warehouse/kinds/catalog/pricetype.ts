import { declareKind } from '../../entities/kind.ts';
import { externalCode, name } from '../shared-fields.ts';

/** Price types have no route of their own: they live under the company's settings. */
export const pricetype = declareKind({
  type: 'pricetype',
  table: 'entity',
  accountId: 'hidden',
  hasRoute: false,
  fields: { name, externalCode },
});
