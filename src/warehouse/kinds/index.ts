/** The kinds. `entity/{type}` is the file of that name; a new kind is a file and a line here. */
import type { Kind, Kinds } from '../entities/kind.ts';
import { counterparty } from './catalog/counterparty.ts';
import { currency } from './catalog/currency.ts';
import { employee } from './catalog/employee.ts';
import { group } from './catalog/group.ts';
import { organization } from './catalog/organization.ts';
import { pricetype } from './catalog/pricetype.ts';
import { product } from './catalog/product.ts';
import { productfolder } from './catalog/productfolder.ts';
import { store } from './catalog/store.ts';
import { uom } from './catalog/uom.ts';
import { demand } from './documents/demand.ts';
import { enter } from './documents/enter.ts';
import { loss } from './documents/loss.ts';
import { salesreturn } from './documents/salesreturn.ts';

const list: readonly Kind[] = [
  product,
  productfolder,
  uom,
  store,
  organization,
  counterparty,
  employee,
  group,
  currency,
  pricetype,
  enter,
  loss,
  demand,
  salesreturn,
];

export const kinds: Kinds = new Map(list.map((kind) => [kind.type, kind]));

/** A kind that the code itself names; an unknown one is a mistake of the code. */
export function kindNamed(type: string): Kind {
  const kind = kinds.get(type);
  if (kind === undefined) throw new Error(`no kind ${type}`);
  return kind;
}
