/**
 * The stock report by plain slow arithmetic: every number is added up from the documents, every time anew. Shares no
 * code with the product; the definitions are those of the contract (Reports: What the numbers mean, bystore).
 */
export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly parent?: Folder;
}

export interface Good {
  readonly id: string;
  readonly name: string;
  readonly code?: string;
  readonly article?: string;
  readonly folder?: Folder;
  readonly minimum?: number;
  readonly archived: boolean;
}

export interface Store {
  readonly id: string;
  readonly name: string;
  readonly archived: boolean;
}

export interface Paper {
  readonly kind: 'enter' | 'loss' | 'demand' | 'salesreturn';
  /** ms. */
  readonly moment: number;
  readonly applicable: boolean;
  readonly store: Store;
  readonly positions: readonly { readonly good: Good; readonly quantity: number }[];
}

/** Goods and stores in the order of their creation. */
export interface Books {
  readonly goods: readonly Good[];
  readonly stores: readonly Store[];
  readonly papers: readonly Paper[];
}

export type Mode = 'all' | 'positiveOnly' | 'negativeOnly' | 'empty' | 'nonEmpty' | 'underMinimum';
export type SortKey = 'pathName' | 'name' | 'code' | 'productCode' | 'stockOnAllStores';

export interface Question {
  /** ms, inclusive. */
  readonly moment: number;
  readonly mode: Mode;
  readonly stores?: readonly Store[];
  readonly goods?: readonly Good[];
  readonly folders?: readonly Folder[];
  readonly search?: string;
  readonly order: readonly { readonly key: SortKey; readonly descending: boolean }[];
}

/** Quantities have at most four decimals: whole ten-thousandths. */
const SCALE = 10_000;
const RECEIPTS = ['enter', 'salesreturn'];

/** What a store holds of a good at a moment, in ten-thousandths. */
export function stockOf({ papers }: Books, good: Good, store: Store, moment: number): bigint {
  let sum = 0n;
  for (const paper of papers) {
    if (!paper.applicable || paper.store.id !== store.id || paper.moment > moment) continue;
    for (const position of paper.positions) {
      if (position.good.id !== good.id) continue;
      const quantity = BigInt(Math.round(position.quantity * SCALE));
      sum += RECEIPTS.includes(paper.kind) ? quantity : -quantity;
    }
  }
  return sum;
}

/** The folder and all above it, from the top. */
export const folderLine = (folder: Folder | undefined): Folder[] =>
  folder === undefined ? [] : [...folderLine(folder.parent), folder];

const pathName = ({ folder }: Good): string =>
  folderLine(folder)
    .map(({ name }) => name)
    .join('/');

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Absent values come last when ascending. */
function byOptional(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return byBytes(a, b);
}

/** `rows` of `report/stock/bystore`, as a client parses them. */
export function stockByStoreRows(books: Books, question: Question, base: string): object[] {
  const shown = books.stores
    .filter(({ archived }) => !archived)
    .filter(({ id }) => question.stores?.some((store) => store.id === id) !== false)
    .toSorted((a, b) => byBytes(a.name, b.name));
  if (question.stores !== undefined && shown.length === 0) return [];
  const lines = books.goods.map((good) => {
    const cells = shown.map((store) => ({ store, stock: stockOf(books, good, store, question.moment) }));
    return { good, cells, total: cells.reduce((sum, { stock }) => sum + stock, 0n) };
  });
  type Line = (typeof lines)[number];
  const compare: Record<SortKey, (a: Line, b: Line) => number> = {
    pathName: (a, b) => byBytes(pathName(a.good), pathName(b.good)),
    name: (a, b) => byBytes(a.good.name, b.good.name),
    code: (a, b) => byOptional(a.good.code, b.good.code),
    productCode: (a, b) => byOptional(a.good.article, b.good.article),
    stockOnAllStores: (a, b) => Number(a.total - b.total),
  };
  const order =
    question.order.length > 0
      ? question.order
      : (['pathName', 'name'] as const).map((key) => ({ key, descending: false }));
  return lines
    .filter(
      ({ good, total }) => !good.archived && isAsked(good, question) && isShown(good, total, question.mode),
    )
    .toSorted((a, b) => {
      for (const { key, descending } of order) {
        const difference = compare[key](a, b);
        if (difference !== 0) return descending ? -difference : difference;
      }
      return 0;
    })
    .map(({ good, cells }) => rowOf(good, cells, base));
}

function isAsked(good: Good, { goods, folders, search }: Question): boolean {
  if (goods?.some(({ id }) => id === good.id) === false) return false;
  if (
    folders !== undefined &&
    !folderLine(good.folder).some((each) => folders.some(({ id }) => id === each.id))
  )
    return false;
  return search === undefined || good.name.toLowerCase().includes(search.toLowerCase());
}

function isShown(good: Good, total: bigint, mode: Mode): boolean {
  switch (mode) {
    case 'all':
      return true;
    case 'positiveOnly':
      return total > 0n;
    case 'negativeOnly':
      return total < 0n;
    case 'empty':
      return total === 0n;
    case 'nonEmpty':
      return total !== 0n;
    case 'underMinimum':
      return good.minimum !== undefined && total < BigInt(Math.round(good.minimum * SCALE));
  }
}

function rowOf(
  good: Good,
  cells: readonly { readonly store: Store; readonly stock: bigint }[],
  base: string,
): object {
  return {
    meta: {
      href: `${base}/entity/product/${good.id}?expand=supplier`,
      metadataHref: `${base}/entity/product/metadata`,
      type: 'product',
      mediaType: 'application/json',
    },
    stockByStore: cells.map(({ store, stock }) => ({
      meta: {
        href: `${base}/entity/store/${store.id}`,
        metadataHref: `${base}/entity/store/metadata`,
        type: 'store',
        mediaType: 'application/json',
      },
      name: store.name,
      stock: Number(stock) / SCALE,
      reserve: 0,
      inTransit: 0,
    })),
  };
}
