/** What the synthetic shop of `demo.ts` holds and does: drafts only, decided by a seed. Pure. */
import type { AssortmentDraft, DocumentDraft, PositionDraft } from '../entities/drafts.ts';
import { MOST_POSITIONS_A_TRANSACTION } from './orders.ts';

export interface DemoSize {
  readonly products: number;
  readonly stores: number;
  /** Positions of documents. */
  readonly movements: number;
  readonly seed: number;
}

/** Keys of what stands already when documents are drawn. */
export interface Shop {
  readonly size: DemoSize;
  readonly random: () => number;
  /** ms: documents end here. */
  readonly now: number;
  readonly organization: number;
  readonly stores: readonly number[];
  readonly buyers: readonly number[];
  /** Key of product `i` is `firstProduct + i`. */
  readonly firstProduct: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAYS = 30;
const POSITIONS_A_DOCUMENT = 20;
const PRODUCTS_A_FOLDER = 25;
const FOLDERS_A_GROUP = 6;
const E4 = 10_000;

const GROUPS = [
  'Fasteners',
  'Hand tools',
  'Power tools',
  'Electrical',
  'Plumbing',
  'Paint',
  'Garden',
  'Safety',
];
const FINISHES = ['Steel', 'Brass', 'Zinc-plated', 'Stainless', 'Black', 'Galvanised', 'Copper', 'Painted'];
const THINGS = [
  'bolt',
  'screw',
  'washer',
  'bracket',
  'hinge',
  'hook',
  'clamp',
  'anchor',
  'rivet',
  'nail',
  'pin',
];
const TOWNS = [
  'Main',
  'North',
  'South',
  'Harbour',
  'Airport',
  'Old town',
  'Market',
  'Riverside',
  'Hill',
  'Station',
];
export const BUYERS = [
  'Arbor Ltd',
  'Brightside Homes',
  'Carter & Sons',
  'Delta Works',
  'Elm Street School',
  'Walk-in buyer',
];

/** Name of store `index`; store 0 is the seeded one. */
export const storeName = (index: number): string => {
  const town = TOWNS[index % TOWNS.length]!;
  const round = Math.floor(index / TOWNS.length);
  return `${town} store${round > 0 ? ` ${round + 1}` : ''}`;
};

/** A product folder in the database. */
export interface Folder {
  readonly key: number;
  readonly pathName: string;
}

/** Groups of folders, two levels, about 25 products a folder: names of the groups, and of each folder its group. */
export function folderPlan({ products }: DemoSize): {
  groups: readonly string[];
  folders: readonly { readonly name: string; readonly group: number }[];
} {
  const count = Math.max(1, Math.ceil(products / PRODUCTS_A_FOLDER));
  const groups = Array.from({ length: Math.ceil(count / FOLDERS_A_GROUP) }, (_, i) => {
    const round = Math.floor(i / GROUPS.length);
    return `${GROUPS[i % GROUPS.length]}${round > 0 ? ` ${round + 1}` : ''}`;
  });
  const folders = Array.from({ length: count }, (_, i) => ({
    name: `Range ${(i % FOLDERS_A_GROUP) + 1}`,
    group: Math.floor(i / FOLDERS_A_GROUP),
  }));
  return { groups, folders };
}

/** Product number `index`. */
export function productDraft(
  index: number,
  folders: readonly Folder[],
  uom: number,
  random: () => number,
): AssortmentDraft {
  const folder = folders[index % folders.length]!;
  const thing = THINGS[Math.floor(random() * THINGS.length)]!;
  const finish = FINISHES[Math.floor(random() * FINISHES.length)]!;
  const size = 3 + Math.floor(random() * 60);
  const number = String(index + 1).padStart(6, '0');
  return {
    name: `${finish} ${thing} M${size}, no. ${number}`,
    code: number,
    article: `${thing.slice(0, 2).toUpperCase()}-${size}-${number}`,
    folder: folder.key,
    pathName: folder.pathName,
    uom,
    ...(random() < 0.3 && { minimumBalance: Math.ceil(random() * 40) * E4 }),
  };
}

/** Documents of one transaction, by kind. */
export type Batch = ReadonlyMap<string, readonly DocumentDraft[]>;

/** First every product comes in once, then goods go out, come back and get lost, in the order of time. */
export function* documentBatches(shop: Shop): Generator<Batch> {
  const { movements, products } = shop.size;
  const opening = Math.min(products, Math.ceil(movements / 2));
  const documents = Math.ceil(movements / POSITIONS_A_DOCUMENT);
  const documentsABatch = MOST_POSITIONS_A_TRANSACTION / POSITIONS_A_DOCUMENT;
  for (let from = 0; from < documents; from += documentsABatch) {
    const batch = new Map<string, DocumentDraft[]>();
    for (let number = from; number < Math.min(documents, from + documentsABatch); number++) {
      const kind = number * POSITIONS_A_DOCUMENT < opening ? 'enter' : kindAt(shop.random());
      const drafts = batch.get(kind) ?? [];
      batch.set(kind, drafts);
      drafts.push(documentDraft(shop, kind, number, documents, opening));
    }
    yield batch;
  }
}

function documentDraft(
  shop: Shop,
  kind: string,
  number: number,
  documents: number,
  opening: number,
): DocumentDraft {
  const first = number * POSITIONS_A_DOCUMENT;
  const count = Math.min(POSITIONS_A_DOCUMENT, shop.size.movements - first);
  const start = shop.now - DAYS * DAY_MS;
  const moment = start + (number / documents) * DAYS * DAY_MS;
  return {
    name: String(number + 1).padStart(5, '0'),
    moment: Math.floor(moment / MINUTE_MS) * MINUTE_MS,
    organization: shop.organization,
    store: shop.stores[Math.floor(shop.random() * shop.stores.length)]!,
    ...((kind === 'demand' || kind === 'salesreturn') && {
      agent: shop.buyers[Math.floor(shop.random() * shop.buyers.length)]!,
    }),
    positions: Array.from({ length: count }, (_, i) => positionDraft(shop, kind, first + i, opening)),
  };
}

const kindAt = (chance: number): string =>
  chance < 0.65 ? 'demand' : chance < 0.75 ? 'salesreturn' : chance < 0.82 ? 'loss' : 'enter';

function positionDraft(shop: Shop, kind: string, index: number, opening: number): PositionDraft {
  const product = index < opening ? index : Math.floor(shop.random() * shop.size.products);
  const quantity = kind === 'enter' ? 10 + Math.floor(shop.random() * 90) : 1 + Math.floor(shop.random() * 5);
  return {
    assortment: shop.firstProduct + product,
    quantity: quantity * E4,
    price: (100 + Math.floor(shop.random() * 20_000)) * E4,
  };
}
