/**
 * An account that is kept twice: in a database, through the kinds as a client would, and as plain books for the
 * oracle. Ids come from a seed, so that shops of one seed in different engines are the same byte for byte.
 */
import { createHash } from 'node:crypto';
import type { Principal } from '../../src/accounts/principal.ts';
import { accountsMigrations } from '../../src/accounts/tables.ts';
import { formatMoment } from '../../src/contract/moments.ts';
import { parseQuery } from '../../src/contract/query.ts';
import { UTC, type Zone } from '../../src/contract/zones.ts';
import type { Database } from '../../src/database/database.ts';
import type { RoomMigrations } from '../../src/database/migrate.ts';
import { encodePage } from '../../src/exchange/encode/json.ts';
import type { Window } from '../../src/exchange/ports.ts';
import { type AccountKey, accountKey, type Ids } from '../../src/platform/ids.ts';
import { type Asked, createEntities, type Entities } from '../../src/warehouse/entities/entities.ts';
import { entityMigrations } from '../../src/warehouse/entities/tables.ts';
import { lastCommit } from '../../src/warehouse/ledger/changes.ts';
import { ledgerMigrations } from '../../src/warehouse/ledger/tables.ts';
import { seedAccount } from '../../src/warehouse/new-account.ts';
import { stockByStore } from '../../src/warehouse/reports/stock-bystore.ts';
import type { Books, Folder, Good, Paper, Store } from '../oracle/stock.ts';

export const SHOP_ROOMS: readonly RoomMigrations[] = [accountsMigrations, entityMigrations, ledgerMigrations];
export const BASE = 'http://localhost:8080/api/remap/1.2';
const PATH = 'report/stock/bystore';

/** Ids that a text and their number decide. */
function idsOf(seed: string): Ids {
  let count = 0;
  const secret = (bytes: number): Buffer =>
    createHash('shake256', { outputLength: bytes }).update(`${seed} ${++count}`).digest();
  return {
    secret,
    uuid: () =>
      secret(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
}

interface Answered {
  readonly id: string;
  readonly meta: object;
}

export class Shop {
  readonly database: Database;
  readonly account: AccountKey;
  readonly principal: Principal;
  readonly books: Books & { goods: Good[]; stores: Store[]; papers: Paper[] };
  /** Ids of the papers, in the order of `books.papers`. */
  readonly #paperIds: string[] = [];
  readonly #entities: Entities;
  #organization: Answered | undefined;

  readonly #zone: Zone;

  /** Opens a fresh account; `key` must be new in the database. */
  static async open(database: Database, key = 1, zone: Zone = UTC): Promise<Shop> {
    const now = Date.UTC(2026, 2, 1, 12);
    const ids = idsOf(`account ${key}`);
    const account = {
      key: accountKey(key),
      id: ids.uuid(),
      name: 'Shop',
      createdAt: 1,
      login: `admin@${key}`,
    };
    const employee = await database.write(async (tx) => {
      await tx.run('insert into account (id, uuid, name, created) values ($1, $2, $3, $4)', [
        account.key,
        account.id,
        account.name,
        account.createdAt,
      ]);
      return seedAccount(tx, account, { ids, now, login: account.login });
    });
    const principal: Principal = {
      account: account.key,
      accountId: account.id,
      kind: 'employee',
      id: employee,
      login: account.login,
      administrator: true,
    };
    const shop = new Shop(database, principal, ids, now, zone);
    const [main] = await shop.#list('store');
    shop.books.stores.push({ id: main!.id, name: 'Main warehouse', archived: false });
    return shop;
  }

  private constructor(database: Database, principal: Principal, ids: Ids, now: number, zone: Zone) {
    this.#zone = zone;
    this.database = database;
    this.account = principal.account;
    this.principal = principal;
    this.books = { goods: [], stores: [], papers: [] };
    this.#entities = createEntities({
      database,
      clock: { now: () => now },
      ids,
      events: { record: async () => {} },
    });
  }

  async store(name: string): Promise<Store> {
    const { id } = await this.#create('store', { name });
    const store = { id, name, archived: false };
    this.books.stores.push(store);
    return store;
  }

  /** Archives or brings back. */
  async setArchived(what: Store | Good, archived: boolean): Promise<void> {
    const isStore = this.books.stores.some(({ id }) => id === what.id);
    await this.#entities.update(isStore ? 'store' : 'product', what.id, { archived }, this.#asked());
    const list: { id: string; archived: boolean }[] = isStore ? this.books.stores : this.books.goods;
    list.splice(
      list.findIndex(({ id }) => id === what.id),
      1,
      { ...what, archived },
    );
  }

  async folder(name: string, parent?: Folder): Promise<Folder> {
    const { id } = await this.#create('productfolder', {
      name,
      ...(parent !== undefined && { productFolder: reference('productfolder', parent.id) }),
    });
    return { id, name, ...(parent !== undefined && { parent }) };
  }

  async product(name: string, more: Partial<Omit<Good, 'id' | 'name' | 'archived'>> = {}): Promise<Good> {
    const { id } = await this.#create('product', {
      name,
      ...(more.code !== undefined && { code: more.code }),
      ...(more.article !== undefined && { article: more.article }),
      ...(more.minimum !== undefined && { minimumBalance: more.minimum }),
      ...(more.folder !== undefined && { productFolder: reference('productfolder', more.folder.id) }),
    });
    const good: Good = { id, name, archived: false, ...more };
    this.books.goods.push(good);
    return good;
  }

  async post(paper: Paper): Promise<void> {
    this.#paperIds.push((await this.#create(paper.kind, await this.#bodyOf(paper))).id);
    this.books.papers.push(paper);
  }

  /** Replaces a document: other moment, store, positions, applicable; the kind stays. */
  async edit(index: number, change: Partial<Omit<Paper, 'kind'>>): Promise<void> {
    const paper: Paper = { ...this.books.papers[index]!, ...change };
    const body = await this.#bodyOf(paper);
    await this.#entities.update(paper.kind, this.#paperIds[index]!, body, this.#asked());
    this.books.papers[index] = paper;
  }

  async remove(index: number): Promise<void> {
    const [paper] = this.books.papers.splice(index, 1);
    const [id] = this.#paperIds.splice(index, 1);
    await this.#entities.remove(paper!.kind, id!, this.#asked());
  }

  /** The report's body as it goes over the wire: whole, or a window of it. */
  async report(query: string, now: number, window?: Window): Promise<Buffer> {
    return (await this.reportWhile(query, now, window, async () => {})).body;
  }

  /** The same with the ledger sequence that it saw; `between` runs after it has been opened, before its rows are read. */
  async reportWhile(
    query: string,
    now: number,
    window: Window | undefined,
    between: () => Promise<void>,
  ): Promise<{ readonly sequence: number; readonly body: Buffer }> {
    return this.database.snapshot(async (snapshot) => {
      const commit = await lastCommit(snapshot, this.account, 1);
      const opened = await stockByStore.open(snapshot, {
        account: this.account,
        base: BASE,
        url: `${BASE}/${PATH}${query && `?${query}`}`,
        query: parseQuery(query),
        window,
        zone: this.#zone,
        now,
        commit,
      });
      await between();
      return { sequence: commit.sequence, body: await encodePage({ ...opened, snapshot: commit }) };
    });
  }

  async #bodyOf(paper: Paper): Promise<object> {
    this.#organization ??= (await this.#list('organization'))[0]!;
    const isSale = paper.kind === 'demand' || paper.kind === 'salesreturn';
    return {
      moment: formatMoment(paper.moment, this.#zone),
      applicable: paper.applicable,
      organization: { meta: this.#organization.meta },
      ...(isSale && { agent: { meta: this.#organization.meta } }),
      store: reference('store', paper.store.id),
      positions: paper.positions.map(({ good, quantity }) => ({
        quantity,
        assortment: reference('product', good.id),
      })),
    };
  }

  async #create(type: string, body: object): Promise<Answered> {
    return (await this.#entities.create(type, body, this.#asked())) as Answered;
  }

  async #list(type: string): Promise<readonly Answered[]> {
    const { rows } = (await this.#entities.list(type, this.#asked())) as { rows: readonly Answered[] };
    return rows;
  }

  #asked(): Asked {
    const { principal } = this;
    return { principal, base: BASE, zone: this.#zone.name, language: 'en', hrefAsSent: BASE, query: '' };
  }
}

/** A reference as a client writes it. */
export const reference = (type: string, id: string) => ({
  meta: { href: hrefOf(type, id), type, mediaType: 'application/json' },
});

export const hrefOf = (type: string, id: string): string => `${BASE}/entity/${type}/${id}`;
