import { declareKind } from '../../entities/kind.ts';
import {
  documentHead,
  documentMiddle,
  positionAssortment,
  positionOverhead,
  positionQuantity,
  positionReason,
  positionsField,
} from './document-fields.ts';

/** Goods that turned up: into the store at a price. */
export const enter = declareKind({
  type: 'enter',
  table: 'document',
  search: { fields: ['name', 'description'], match: 'words' },
  posts: [{ store: 'store', sign: 1 }],
  fields: { ...documentHead, ...documentMiddle, positions: positionsField },
  positions: {
    fields: { ...positionQuantity, ...positionAssortment, ...positionReason, ...positionOverhead },
  },
});
