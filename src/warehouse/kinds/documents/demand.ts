import { addressFields } from '../../entities/addresses.ts';
import { text } from '../../entities/fields.ts';
import { declareKind } from '../../entities/kind.ts';
import {
  agent,
  documentHead,
  documentMiddle,
  payedSum,
  positionAssortment,
  positionOverhead,
  positionQuantity,
  positionsField,
  positionTaxes,
  taxed,
} from './document-fields.ts';

/** Goods shipped to a buyer: out of the store. */
export const demand = declareKind({
  type: 'demand',
  table: 'document',
  search: { fields: ['name', 'description'], match: 'words' },
  posts: [{ store: 'store', sign: -1 }],
  fields: {
    ...documentHead,
    ...taxed,
    ...documentMiddle,
    agent,
    positions: positionsField,
    payedSum,
    ...addressFields('shipmentAddress'),
    cargoName: text(255, { filter: false }),
    shippingInstructions: text(255, { filter: false }),
    transportFacility: text(255, { filter: false }),
    transportFacilityNumber: text(255, { filter: false }),
    stateContractId: text(255, { filter: false }),
  },
  positions: {
    fields: { ...positionQuantity, ...positionTaxes, ...positionAssortment, ...positionOverhead },
  },
});
