import { declareKind } from '../../entities/kind.ts';
import {
  agent,
  documentHead,
  documentMiddle,
  payedSum,
  positionAssortment,
  positionQuantity,
  positionsField,
  positionTaxes,
  taxed,
} from './document-fields.ts';

/** Goods that a buyer brought back: into the store. */
export const salesreturn = declareKind({
  type: 'salesreturn',
  table: 'document',
  search: { fields: ['name', 'description'], match: 'words' },
  posts: [{ store: 'store', sign: 1 }],
  fields: { ...documentHead, ...taxed, ...documentMiddle, agent, positions: positionsField, payedSum },
  positions: {
    fields: { ...positionQuantity, ...positionTaxes, ...positionAssortment },
  },
});
