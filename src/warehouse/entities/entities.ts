/**
 * The face of the kinds for the HTTP room: every `entity/{type}` behind one object. Each method throws `ApiError` for
 * what the API refuses; whatever else it throws is a fault of ours.
 */
import type { Principal } from '../../accounts/principal.ts';
import { type ApiError, apiError } from '../../contract/errors.ts';
import type { Database, Writing } from '../../database/database.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Events } from '../../platform/events.ts';
import type { Ids } from '../../platform/ids.ts';
import { kinds } from '../kinds/index.ts';
import { StockBeyondBound } from '../ledger/post.ts';
import { changeMany } from './bulk.ts';
import { createObject } from './create.ts';
import type { Kind } from './kind.ts';
import { demandRow, listPositions, listRows, showRow } from './read.ts';
import { isObject } from './reading.ts';
import { removeObject, updateObject } from './update.ts';
import type { Work } from './work.ts';

/** Who asks, and how the answer is to be written. */
export interface Asked {
  readonly principal: Principal;
  /** `{scheme}://{host}/api/remap/1.2`, no slash at the end: hrefs are made with it. */
  readonly base: string;
  /** IANA name of the zone in which dates are read and written. */
  readonly zone: string;
  readonly language: 'en' | 'ru';
  /** The whole URL as sent, query included: `meta.href` of a list. */
  readonly hrefAsSent: string;
  /** The query as sent, without `?`; '' when there is none. */
  readonly query: string;
}

/** What became of a request with an array: an object or a refusal for each element, in the request's order. */
export interface ManyOutcome {
  /** 200 when all succeeded, else by the rule of "Bulk". */
  readonly status: number;
  /** Paths of problems begin with the element's index. */
  readonly outcomes: readonly (object | ApiError)[];
}

export interface Entities {
  /** Whether `entity/{type}` exists; any letter case of `type` is accepted by all methods. */
  has(type: string): boolean;
  /** `{context, meta, rows}` of `GET entity/{type}`. */
  list(type: string, asked: Asked): Promise<object>;
  get(type: string, id: string, asked: Asked): Promise<object>;
  /** `POST entity/{type}` with one object. `body` is parsed JSON of any shape. */
  create(type: string, body: unknown, asked: Asked): Promise<object>;
  /** `POST entity/{type}` (and `…/batch`) with an array. */
  createMany(type: string, bodies: readonly unknown[], asked: Asked): Promise<ManyOutcome>;
  update(type: string, id: string, body: unknown, asked: Asked): Promise<object>;
  remove(type: string, id: string, asked: Asked): Promise<void>;
  /** `{context, meta, rows}` of `GET entity/{type}/{id}/positions`. */
  positions(type: string, id: string, asked: Asked): Promise<object>;
}

export interface EntitiesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly events: Events<Writing>;
}

/** The kinds over a database. Reads see one committed state each; writes of an account are serial. */
export function createEntities(options: EntitiesOptions): Entities {
  const { database } = options;
  const create = (kind: Kind, body: Body, asked: Asked): Promise<object> =>
    change(options, kind, asked, (work) => createObject(work, body));
  const update = async (kind: Kind, id: string, body: Body, asked: Asked): Promise<object> => {
    const received = await versionNow(database, kind, id, asked);
    return change(options, kind, asked, (work) => updateObject(work, id, body, received));
  };
  return {
    has: (type) => kinds.get(type.toLowerCase())?.hasRoute === true,
    async list(type, asked) {
      const kind = routed(type);
      return database.snapshot((snapshot) => listRows(snapshot, database.engine, kinds, kind, asked));
    },
    async get(type, id, asked) {
      const kind = routed(type);
      return database.snapshot(async (snapshot) => {
        const row = await demandRow(snapshot, asked.principal.account, kind, id.toLowerCase());
        return showRow(snapshot, kind, row, asked);
      });
    },
    create: async (type, body, asked) => create(routed(type), objectIn(body), asked),
    async createMany(type, bodies, asked) {
      const kind = routed(type);
      return changeMany(kind, bodies, {
        create: (body) => create(kind, body, asked),
        update: (id, body) => update(kind, id, body, asked),
      });
    },
    update: async (type, id, body, asked) => update(routed(type), id.toLowerCase(), objectIn(body), asked),
    remove: async (type, id, asked) =>
      change(options, routed(type), asked, (work) => removeObject(work, id.toLowerCase())),
    async positions(type, id, asked) {
      const kind = routed(type);
      if (kind.positions === undefined) throw apiError(1002, [`entity/${type}/${id}/positions`]);
      return database.snapshot((snapshot) => listPositions(snapshot, kind, id.toLowerCase(), asked));
    },
  };
}

type Body = Readonly<Record<string, unknown>>;

/** The kind behind `entity/{type}`; 1005 where there is none. */
function routed(type: string): Kind {
  const kind = kinds.get(type.toLowerCase());
  if (kind?.hasRoute !== true) throw apiError(1005, [type]);
  return kind;
}

/** The body of a request for one object: 2009 for an array, 2000 for anything else. */
function objectIn(body: unknown): Body {
  if (Array.isArray(body)) throw apiError(2009);
  if (!isObject(body)) throw apiError(2000, [], { path: [] });
  return body;
}

/** Runs a change in a transaction of its own, holding the account's ledger. */
async function change<T>(
  { database, clock, ids, events }: EntitiesOptions,
  kind: Kind,
  asked: Asked,
  work: (work: Work) => Promise<T>,
): Promise<T> {
  try {
    return await database.write((tx) => work({ tx, kinds, kind, asked, now: clock.now(), ids, events }), {
      space: 'ledger',
      key: asked.principal.account,
    });
  } catch (error) {
    if (!(error instanceof StockBeyondBound)) throw error;
    throw apiError(3008, ['quantity'], { parameter: 'quantity', path: ['positions'] });
  }
}

/** The version that an edit was received at: another one may come first while it waits for its turn. */
async function versionNow(
  database: Database,
  kind: Kind,
  id: string,
  { principal }: Asked,
): Promise<number | undefined> {
  const row = await database.read((queries) =>
    queries.one<{ version: number }>(
      `select coalesce(${queries.json.integer('body', 'version')}, 0) as version from ${kind.table}
        where account = $1 and uuid = $2`,
      [principal.account, id],
    ),
  );
  return row?.version;
}
