/**
 * Books that one client changes over HTTP, one change after another, and the report of every state they were in, by
 * the ledger sequence of the change that made it. Kept by plain copies and sums, without the product's help.
 */
import assert from 'node:assert/strict';
import type { HttpClient } from '../support/http.ts';
import { BASE } from '../support/served.ts';

const TYPES = ['enter', 'salesreturn', 'demand', 'loss'] as const;
type Type = (typeof TYPES)[number];

interface Named {
  readonly id: string;
  readonly name: string;
}

/** What the books hold after a commit. Never changed: the next commit has its own. */
interface State {
  /** Made by us, in no folder: these come first in the report, by name. */
  readonly loose: readonly Named[];
  /** What was there before, in the report's order. */
  readonly settled: readonly string[];
  /** Stores that are not archived. */
  readonly stores: readonly Named[];
  /** By product and store: the cells that are not as they were at the beginning. */
  readonly cells: ReadonlyMap<string, number>;
}

interface Paper {
  readonly id: string;
  readonly type: Type;
  readonly store: string;
  readonly positions: readonly Position[];
}

interface Position {
  readonly product: string;
  readonly quantity: number;
}

export interface ReportRow {
  readonly meta: { readonly href: string };
  readonly stockByStore: readonly {
    readonly meta: { readonly href: string };
    readonly name: string;
    readonly stock: number;
  }[];
}

const sign = (type: Type): number => (type === 'enter' || type === 'salesreturn' ? 1 : -1);
const cellOf = (product: string, store: string): string => `${product} ${store}`;
const uuidIn = (href: string): string => /[0-9a-f-]{36}/.exec(href)?.[0] ?? '';
const byBytes = (a: Named, b: Named): number => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

export class MovingBooks {
  readonly #client: HttpClient;
  readonly #readSequence: () => Promise<number>;
  readonly #random: () => number;
  readonly #states = new Map<number, State>();
  /** What the cells were at the beginning. */
  readonly #opening: ReadonlyMap<string, number>;
  readonly #papers: Paper[] = [];
  readonly #made: { store: number; product: number } = { store: 0, product: 0 };
  #changing: Promise<void> = Promise.resolve();
  #organization = '';
  #agent = '';
  /** Of the last change. */
  sequence = 0;

  private constructor(
    client: HttpClient,
    rows: readonly ReportRow[],
    readSequence: () => Promise<number>,
    random: () => number,
  ) {
    this.#opening = new Map(
      rows.flatMap(({ meta, stockByStore }) =>
        stockByStore.map((cell) => [cellOf(uuidIn(meta.href), uuidIn(cell.meta.href)), cell.stock]),
      ),
    );
    this.#client = client;
    this.#readSequence = readSequence;
    this.#random = random;
  }

  /** Takes over books at rest: `rows` is their whole report. Nobody else may change them from now on. */
  static async open(
    client: HttpClient,
    rows: readonly ReportRow[],
    readSequence: () => Promise<number>,
    random: () => number,
  ): Promise<MovingBooks> {
    const books = new MovingBooks(client, rows, readSequence, random);
    books.#organization = await books.#first('organization');
    books.#agent = await books.#first('counterparty');
    books.sequence = await readSequence();
    books.#states.set(books.sequence, {
      loose: [],
      settled: rows.map(({ meta }) => uuidIn(meta.href)),
      stores: rows[0]!.stockByStore.map(({ meta, name }) => ({ id: uuidIn(meta.href), name })),
      cells: new Map(),
    });
    return books;
  }

  /** How many rows the report has in the state that the change with this sequence has made. */
  sizeAt(sequence: number): number {
    const { loose, settled } = this.#stateAt(sequence);
    return loose.length + settled.length;
  }

  /** The report of that state, or a window of it. */
  rowsAt(sequence: number, start = 0, end = Number.POSITIVE_INFINITY): ReportRow[] {
    const state = this.#stateAt(sequence);
    const stores = state.stores.toSorted(byBytes);
    const products = [...state.loose.toSorted(byBytes).map(({ id }) => id), ...state.settled];
    return products.slice(start, end).map((product) => ({
      meta: metaOf('product', product, '?expand=supplier'),
      stockByStore: stores.map((store) => ({
        meta: metaOf('store', store.id),
        name: store.name,
        stock: this.#stockIn(state, cellOf(product, store.id)),
        reserve: 0,
        inTransit: 0,
      })),
    }));
  }

  /** One change of a kind that chance picks. Changes are made one after another. */
  change(): Promise<void> {
    this.#changing = this.#change();
    return this.#changing;
  }

  /** When the change under way, if any, is one of the states. */
  settled(): Promise<void> {
    return this.#changing;
  }

  #change(): Promise<void> {
    const chance = this.#random();
    if (chance < 0.45) return this.#post();
    if (chance < 0.6) return this.#edit();
    if (chance < 0.7) return this.#remove();
    if (chance < 0.8) return this.#makeProduct();
    if (chance < 0.87) return this.#renameProduct();
    if (chance < 0.92) return this.#makeStore();
    return this.#changeStore();
  }

  /** Brings a quantity of the last product of the report into a store; resolves with both ids. */
  async receive(quantity: number): Promise<{ product: string; store: string }> {
    const product = this.#now.settled.at(-1)!;
    const store = this.#now.stores[0]!.id;
    await this.#post('enter', store, [{ product, quantity }]);
    return { product, store };
  }

  #stockIn = ({ cells }: State, cell: string): number => cells.get(cell) ?? this.#opening.get(cell) ?? 0;

  #stateAt(sequence: number): State {
    const state = this.#states.get(sequence);
    assert.ok(state !== undefined, `no change has the sequence ${sequence}`);
    return state;
  }

  get #now(): State {
    return this.#stateAt(this.sequence);
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }

  /** From both ends of the report, so that a torn one would show. */
  #positions(): Position[] {
    const { loose, settled } = this.#now;
    const ends = [...loose.map(({ id }) => id), ...settled.slice(0, 20), ...settled.slice(-20)];
    const count = 1 + Math.floor(this.#random() * 3);
    return Array.from({ length: count }, () => ({
      product: this.#pick(ends)!,
      quantity: 1 + Math.floor(this.#random() * 40) / 4,
    }));
  }

  async #post(
    type: Type = this.#pick(TYPES)!,
    store = this.#pick(this.#now.stores)!.id,
    positions: readonly Position[] = this.#positions(),
  ): Promise<void> {
    const made = await this.#client.post(`/entity/${type}`, { body: this.#body(type, store, positions) });
    const paper = { id: made.json<{ id: string }>().id, type, store, positions };
    await this.#committed(made.status, { cells: this.#booked([paper], []) });
    this.#papers.push(paper);
  }

  async #edit(): Promise<void> {
    const before = this.#pick(this.#papers);
    if (before === undefined) return this.#post();
    const after = { ...before, positions: this.#positions() };
    const body = { positions: this.#written(after.positions) };
    const changed = await this.#client.put(`/entity/${before.type}/${before.id}`, { body });
    await this.#committed(changed.status, { cells: this.#booked([after], [before]) });
    this.#papers[this.#papers.indexOf(before)] = after;
  }

  async #remove(): Promise<void> {
    const paper = this.#pick(this.#papers);
    if (paper === undefined) return this.#post();
    const removed = await this.#client.delete(`/entity/${paper.type}/${paper.id}`);
    await this.#committed(removed.status, { cells: this.#booked([], [paper]) });
    this.#papers.splice(this.#papers.indexOf(paper), 1);
  }

  async #makeProduct(): Promise<void> {
    const name = `New ${String(++this.#made.product).padStart(4, '0')}`;
    const made = await this.#client.post('/entity/product', { body: { name } });
    const { id } = made.json<{ id: string }>();
    await this.#committed(made.status, { loose: [...this.#now.loose, { id, name }] });
  }

  async #renameProduct(): Promise<void> {
    const product = this.#pick(this.#now.loose);
    if (product === undefined) return this.#makeProduct();
    const name = `Other ${String(++this.#made.product).padStart(4, '0')}`;
    const changed = await this.#client.put(`/entity/product/${product.id}`, { body: { name } });
    const others = this.#now.loose.filter(({ id }) => id !== product.id);
    await this.#committed(changed.status, { loose: [...others, { id: product.id, name }] });
  }

  async #makeStore(): Promise<void> {
    const name = `Branch ${String(++this.#made.store).padStart(3, '0')}`;
    const made = await this.#client.post('/entity/store', { body: { name } });
    const { id } = made.json<{ id: string }>();
    await this.#committed(made.status, { stores: [...this.#now.stores, { id, name }] });
  }

  /** Another name, or into the archive: then the report shows it no more. */
  async #changeStore(): Promise<void> {
    const { stores } = this.#now;
    const store = this.#pick(stores)!;
    const others = stores.filter(({ id }) => id !== store.id);
    const isArchived = stores.length > 3 && this.#random() < 0.5;
    const name = `Renamed ${String(++this.#made.store).padStart(3, '0')}`;
    const body = isArchived ? { archived: true } : { name };
    const changed = await this.#client.put(`/entity/store/${store.id}`, { body });
    await this.#committed(changed.status, {
      stores: isArchived ? others : [...others, { id: store.id, name }],
    });
  }

  /** The change was answered with success: it is the one commit since the last, and this is what it has made. */
  async #committed(status: number, change: Partial<State>): Promise<void> {
    assert.equal(status, 200);
    const before = this.#now;
    const sequence = await this.#readSequence();
    assert.equal(sequence, this.sequence + 1);
    this.#states.set(sequence, { ...before, ...change });
    this.sequence = sequence;
  }

  #booked(added: readonly Paper[], removed: readonly Paper[]): ReadonlyMap<string, number> {
    const cells = new Map(this.#now.cells);
    const book = ({ type, store, positions }: Paper, factor: number): void => {
      for (const { product, quantity } of positions) {
        const cell = cellOf(product, store);
        const stock = cells.get(cell) ?? this.#opening.get(cell) ?? 0;
        cells.set(cell, stock + factor * sign(type) * quantity);
      }
    };
    for (const paper of added) book(paper, 1);
    for (const paper of removed) book(paper, -1);
    return cells;
  }

  #body(type: Type, store: string, positions: readonly Position[]): object {
    const hasAgent = type === 'demand' || type === 'salesreturn';
    return {
      organization: { meta: metaOf('organization', this.#organization) },
      store: { meta: metaOf('store', store) },
      ...(hasAgent && { agent: { meta: metaOf('counterparty', this.#agent) } }),
      positions: this.#written(positions),
    };
  }

  #written(positions: readonly Position[]): object[] {
    return positions.map(({ product, quantity }) => ({
      quantity,
      price: 100,
      assortment: { meta: metaOf('product', product) },
    }));
  }

  async #first(type: string): Promise<string> {
    const list = await this.#client.get(`/entity/${type}?limit=1`);
    return list.json<{ rows: { id: string }[] }>().rows[0]!.id;
  }
}

const metaOf = (type: string, id: string, query = '') => ({
  href: `${BASE}/entity/${type}/${id}${query}`,
  metadataHref: `${BASE}/entity/${type}/metadata`,
  type,
  mediaType: 'application/json',
});
