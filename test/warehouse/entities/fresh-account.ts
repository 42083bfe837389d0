/** A fresh account over a database of a test's own, and the requests that a client would send to it. */
import type { Principal } from '../../../src/accounts/principal.ts';
import { ApiError } from '../../../src/contract/errors.ts';
import type { Database, Writing } from '../../../src/database/database.ts';
import type { DomainEvent } from '../../../src/platform/events.ts';
import { accountKey, randomIds } from '../../../src/platform/ids.ts';
import { type Asked, createEntities, type Entities } from '../../../src/warehouse/entities/entities.ts';
import { entityMigrations } from '../../../src/warehouse/entities/tables.ts';
import type { Work } from '../../../src/warehouse/entities/work.ts';
import { kindNamed, kinds } from '../../../src/warehouse/kinds/index.ts';
import { ledgerMigrations } from '../../../src/warehouse/ledger/tables.ts';
import { seedAccount } from '../../../src/warehouse/new-account.ts';
import type { Engine } from '../../support/engines.ts';

export const BASE = 'http://localhost:8080/api/remap/1.2';

/** JSON as a client reads it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Json = any;

export class FreshAccount implements AsyncDisposable {
  readonly database: Database;
  readonly entities: Entities;
  readonly principal: Principal;
  readonly events: DomainEvent[] = [];
  /** The clock's ms: 2026-03-01 12:00:00.000 UTC. */
  now = Date.UTC(2026, 2, 1, 12);
  readonly #close: () => Promise<void>;

  static async open(engine: Engine): Promise<FreshAccount> {
    const opened = await engine.open([entityMigrations, ledgerMigrations]);
    const account = {
      key: accountKey(1),
      id: randomIds.uuid(),
      name: 'Corner shop',
      createdAt: 0,
      login: 'admin@shop',
    };
    const employee = await opened.database.write((tx) =>
      seedAccount(tx, account, { ids: randomIds, now: Date.UTC(2026, 0, 1), login: account.login }),
    );
    const principal: Principal = {
      account: account.key,
      accountId: account.id,
      kind: 'employee',
      id: employee,
      login: account.login,
      administrator: true,
    };
    return new FreshAccount(opened.database, principal, async () => opened[Symbol.asyncDispose]());
  }

  private constructor(database: Database, principal: Principal, close: () => Promise<void>) {
    this.database = database;
    this.principal = principal;
    this.#close = close;
    this.entities = createEntities({
      database,
      clock: { now: () => this.now },
      ids: randomIds,
      events: {
        record: async (_tx: Writing, events) => {
          this.events.push(...events);
        },
      },
    });
  }

  /** A change of an object of a kind inside a transaction of the test's own. */
  work(tx: Writing, type: string): Work {
    const { now, events } = this;
    return {
      tx,
      kinds,
      kind: kindNamed(type),
      asked: this.asked(`entity/${type}`),
      now,
      ids: randomIds,
      events: {
        record: async (_tx, recorded) => {
          events.push(...recorded);
        },
      },
    };
  }

  asked(path: string, query = '', zone = 'UTC'): Asked {
    return {
      principal: this.principal,
      base: BASE,
      zone,
      language: 'en',
      hrefAsSent: `${BASE}/${path}${query === '' ? '' : `?${query}`}`,
      query,
    };
  }

  async list(type: string, query = ''): Promise<Json> {
    return shown(await this.entities.list(type, this.asked(`entity/${type}`, query)));
  }

  /** Names of the objects that a query finds, in its order. */
  async names(type: string, query = ''): Promise<string[]> {
    const { rows } = await this.list(type, query);
    return rows.map(({ name }: Json) => name);
  }

  async get(type: string, id: string): Promise<Json> {
    return shown(await this.entities.get(type, id, this.asked(`entity/${type}/${id}`)));
  }

  async create(type: string, body: unknown): Promise<Json> {
    return shown(await this.entities.create(type, body, this.asked(`entity/${type}`)));
  }

  async createMany(type: string, bodies: readonly unknown[]) {
    return this.entities.createMany(type, bodies, this.asked(`entity/${type}`));
  }

  async update(type: string, id: string, body: unknown): Promise<Json> {
    return shown(await this.entities.update(type, id, body, this.asked(`entity/${type}/${id}`)));
  }

  async remove(type: string, id: string): Promise<void> {
    await this.entities.remove(type, id, this.asked(`entity/${type}/${id}`));
  }

  async positions(type: string, id: string, query = ''): Promise<Json> {
    const path = `entity/${type}/${id}/positions`;
    return shown(await this.entities.positions(type, id, this.asked(path, query)));
  }

  /** The only object of a kind that was seeded. */
  async seeded(type: string): Promise<Json> {
    return (await this.list(type)).rows[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** An answer after its way over the wire. */
const shown = (answer: object): Json => JSON.parse(JSON.stringify(answer));

/** A reference to an object that was answered. */
export const ref = ({ meta }: Json): { meta: Json } => ({ meta });

/** Codes and parameters of a refusal; anything else that is thrown goes on. */
export async function refusal(work: Promise<unknown>): Promise<{
  status: number;
  codes: number[];
  parameters: (string | undefined)[];
  error: ApiError;
}> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {
      status: error.status,
      codes: error.problems.map(({ code }) => code),
      parameters: error.problems.map(({ parameter }) => parameter),
      error,
    };
  }
  throw new Error('it was not refused');
}
