/**
 * Synthetic data of a wanted size: a hardware shop with folders, stores, buyers and a month of documents. The same
 * seed and size give the same ids, names and numbers; moments count back from the day that is given.
 */
import type { Database, Writing } from '../../database/database.ts';
import type { AccountKey, Ids } from '../../platform/ids.ts';
import {
  type AssortmentDraft,
  type Author,
  type DocumentDraft,
  type PositionDraft,
  writeAssortments,
  writeDocuments,
  writeEntities,
} from '../entities/drafts.ts';
import { recordChange } from '../ledger/changes.ts';
import { readSeeded } from './author.ts';
import { MOST_POSITIONS_A_TRANSACTION } from './orders.ts';

export interface DemoSize {
  readonly products: number;
  readonly stores: number;
  /** Positions of documents. */
  readonly movements: number;
  readonly seed: number;
}

/** The demo account of a first start. */
export const FIRST_RUN_SIZE: DemoSize = { products: 200, stores: 4, movements: 2_000, seed: 1 };

export interface DemoJob {
  readonly database: Database;
  readonly account: AccountKey;
  /** ms: documents end here. */
  readonly now: number;
  readonly zone: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (positions: number, ofPositions: number) => void;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAYS = 30;
const POSITIONS_A_DOCUMENT = 20;
const PRODUCTS_A_FOLDER = 25;
const FOLDERS_A_GROUP = 6;
const CATALOG_ROWS_A_TRANSACTION = 5_000;
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
const BUYERS = [
  'Arbor Ltd',
  'Brightside Homes',
  'Carter & Sons',
  'Delta Works',
  'Elm Street School',
  'Walk-in buyer',
];

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ids that a seed decides: for data that must be the same everywhere, never for secrets. */
export function seededIds(seed: number): Ids {
  const next = seededNumbers(seed);
  const secret = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => next() * 256));
  return {
    secret,
    uuid() {
      const bytes = secret(16);
      bytes[6] = (bytes[6]! & 0x0f) | 0x40;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
        '-',
      );
    },
  };
}

/** What every step of the generation works with. */
interface Shop {
  readonly job: DemoJob;
  readonly size: DemoSize;
  readonly author: Author;
  readonly random: () => number;
  /** Keys. */
  readonly organization: number;
  readonly stores: readonly number[];
  readonly buyers: readonly number[];
  /** Key of product `i` is `firstProduct + i`. */
  readonly firstProduct: number;
}

/** Fills an account that has its seeded objects and nothing else. Stops between transactions when aborted. */
export async function makeDemoData(job: DemoJob, size: DemoSize): Promise<void> {
  const shop = await openShop(job, size);
  let written = 0;
  for (const batch of documentBatches(shop)) {
    if (job.signal.aborted) return;
    await inLedger(job, async (tx) => {
      const touched = new Set<number>();
      for (const [kind, drafts] of batch) {
        const made = await writeDocuments(tx, job.account, kind, drafts, shop.author);
        for (const assortment of made.touched) touched.add(assortment);
      }
      return [...touched];
    });
    for (const drafts of batch.values()) {
      written += drafts.reduce((sum, draft) => sum + draft.positions.length, 0);
    }
    job.onProgress?.(written, size.movements);
  }
}

/** One transaction under the account's lock; what it touched goes into the change log. */
function inLedger(job: DemoJob, work: (tx: Writing) => Promise<readonly number[]>): Promise<void> {
  return job.database.write(
    async (tx) => {
      await recordChange(tx, job.account, await work(tx), job.now);
    },
    { space: 'ledger', key: job.account },
  );
}

async function openShop(job: DemoJob, size: DemoSize): Promise<Shop> {
  const random = seededNumbers(size.seed);
  const { organization, store, uom, author } = await readSeeded(job.database, job.account, {
    now: job.now,
    zone: job.zone,
    ids: seededIds(size.seed ^ 0x5eed),
  });
  let stores: number[] = [];
  let buyers: number[] = [];
  let firstProduct = 0;
  await inLedger(job, async (tx) => {
    const names = Array.from({ length: size.stores - 1 }, (_, i) => ({ name: storeName(i + 1) }));
    const made = await writeEntities(tx, job.account, 'store', names, author);
    stores = [store, ...names.map((_, i) => made.first + i)];
    const people = await writeEntities(
      tx,
      job.account,
      'counterparty',
      BUYERS.map((name) => ({ name })),
      author,
    );
    buyers = BUYERS.map((_, i) => people.first + i);
    return [...made.touched, ...people.touched];
  });
  const folders = await makeFolders(job, author, size);
  for (let at = 0; at < size.products && !job.signal.aborted; at += CATALOG_ROWS_A_TRANSACTION) {
    const count = Math.min(CATALOG_ROWS_A_TRANSACTION, size.products - at);
    const drafts = Array.from({ length: count }, (_, i) => productDraft(at + i, folders, uom, random));
    await inLedger(job, async (tx) => {
      const made = await writeAssortments(tx, job.account, 'product', drafts, author);
      if (at === 0) firstProduct = made.first;
      return made.touched;
    });
  }
  return { job, size, author, random, organization, stores, buyers, firstProduct };
}

const storeName = (index: number): string => {
  const town = TOWNS[index % TOWNS.length]!;
  const round = Math.floor(index / TOWNS.length);
  return `${town} store${round > 0 ? ` ${round + 1}` : ''}`;
};

interface Folder {
  readonly key: number;
  readonly pathName: string;
}

/** Groups of folders, two levels, about 25 products a folder. */
async function makeFolders(job: DemoJob, author: Author, size: DemoSize): Promise<readonly Folder[]> {
  const count = Math.max(1, Math.ceil(size.products / PRODUCTS_A_FOLDER));
  const groupCount = Math.ceil(count / FOLDERS_A_GROUP);
  const groups = Array.from({ length: groupCount }, (_, i) => {
    const round = Math.floor(i / GROUPS.length);
    return `${GROUPS[i % GROUPS.length]}${round > 0 ? ` ${round + 1}` : ''}`;
  });
  const folders: Folder[] = [];
  await inLedger(job, async (tx) => {
    const parents = await writeEntities(
      tx,
      job.account,
      'productfolder',
      groups.map((name) => ({ name })),
      author,
    );
    const drafts = Array.from({ length: count }, (_, i) => {
      const group = Math.floor(i / FOLDERS_A_GROUP);
      return {
        name: `Range ${(i % FOLDERS_A_GROUP) + 1}`,
        parent: parents.first + group,
        pathName: groups[group]!,
      };
    });
    const made = await writeEntities(tx, job.account, 'productfolder', drafts, author);
    drafts.forEach(({ pathName, name }, i) => {
      folders.push({ key: made.first + i, pathName: `${pathName}/${name}` });
    });
    return [...parents.touched, ...made.touched];
  });
  return folders;
}

function productDraft(
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
type Batch = ReadonlyMap<string, readonly DocumentDraft[]>;

/** First every product comes in once, then goods go out, come back and get lost, in the order of time. */
function* documentBatches(shop: Shop): Generator<Batch> {
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
  const start = shop.job.now - DAYS * DAY_MS;
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
