/**
 * Synthetic data of a wanted size: a hardware shop with folders, stores, buyers and a month of documents. The same
 * seed and size give the same ids, names and numbers; moments count back from the day that is given.
 */
import type { Database, Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { seededIds, seededNumbers } from '../../platform/seeded.ts';
import { type Author, writeAssortments, writeDocuments, writeEntities } from '../entities/drafts.ts';
import { recordChange } from '../ledger/changes.ts';
import { readSeeded } from './author.ts';
import {
  BUYERS,
  type DemoSize,
  documentBatches,
  type Folder,
  folderPlan,
  productDraft,
  type Shop,
  storeName,
} from './demo-drafts.ts';

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

const CATALOG_ROWS_A_TRANSACTION = 5_000;

/** Fills an account that has its seeded objects and nothing else. Stops between transactions when aborted. */
export async function makeDemoData(job: DemoJob, size: DemoSize): Promise<void> {
  const { shop, author } = await openShop(job, size);
  let written = 0;
  for (const batch of documentBatches(shop)) {
    if (job.signal.aborted) return;
    await inLedger(job, async (tx) => {
      const touched = new Set<number>();
      for (const [kind, drafts] of batch) {
        const made = await writeDocuments(tx, job.account, kind, drafts, author);
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

/** Writes stores, buyers, folders and products. */
async function openShop(job: DemoJob, size: DemoSize): Promise<{ shop: Shop; author: Author }> {
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
  const shop = { size, random, now: job.now, organization, stores, buyers, firstProduct };
  return { shop, author };
}

async function makeFolders(job: DemoJob, author: Author, size: DemoSize): Promise<readonly Folder[]> {
  const plan = folderPlan(size);
  let made: readonly Folder[] = [];
  await inLedger(job, async (tx) => {
    const groups = await writeEntities(
      tx,
      job.account,
      'productfolder',
      plan.groups.map((name) => ({ name })),
      author,
    );
    const drafts = plan.folders.map(({ name, group }) => ({
      name,
      parent: groups.first + group,
      pathName: plan.groups[group]!,
    }));
    const folders = await writeEntities(tx, job.account, 'productfolder', drafts, author);
    made = drafts.map(({ pathName, name }, i) => ({
      key: folders.first + i,
      pathName: `${pathName}/${name}`,
    }));
    return [...groups.touched, ...folders.touched];
  });
  return made;
}
