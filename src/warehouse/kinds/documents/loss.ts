import { declareKind } from '../../entities/kind.ts';
import {
  documentHead,
  documentMiddle,
  positionAssortment,
  positionQuantity,
  positionReason,
  positionsField,
} from './document-fields.ts';

/** Goods written off: out of the store; the price only informs. */
export const loss = declareKind({
  type: 'loss',
  table: 'document',
  search: { fields: ['name', 'description'], match: 'words' },
  posts: [{ store: 'store', sign: -1 }],
  fields: { ...documentHead, ...documentMiddle, positions: positionsField },
  positions: {
    fields: { ...positionQuantity, ...positionAssortment, ...positionReason },
  },
});
