/** The limits of the API as constants with their units, and the three profiles (contract: Limits; Settings). */
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MEBIBYTE = 1024 * 1024;

/** Rows of a page, at most and by default. */
export const PAGE_MAX_ROWS = 1000;
/** Beyond this `limit`, `expand` and `fields` are ignored. */
export const EXPAND_MAX_ROWS = 100;
/** Steps of an expand path. */
export const EXPAND_MAX_DEPTH = 3;

/** A request body (413, 1044). */
export const BODY_MAX_BYTES = 20 * MEBIBYTE;
/** Of a body that is too large, so much is read and thrown away, for clients that hear only when they have sent. */
export const DISCARDED_BODY_MAX_BYTES = 64 * MEBIBYTE;
/** URL and headers together (414, 431). */
export const HEADERS_MAX_BYTES = 8 * 1024;
/** Objects of a bulk request (413, 2007). */
export const BULK_MAX_OBJECTS = 1000;
/** Elements of a nested collection, such as inline positions (413, 2022). */
export const NESTED_MAX_ELEMENTS = 1000;
/** Objects and arrays within each other, the outermost counted (2006). */
export const NESTING_MAX_DEPTH = 10;
/** A bulk request may take so long (1088). */
export const BULK_MAX_MS = 5 * MINUTE_MS;

/** A result can be fetched so long after its task has finished: `deletionDate`. */
export const RESULT_LIFETIME_MS = HOUR_MS;
/** A signed link to a result opens so long. */
export const LINK_LIFETIME_MS = 5 * MINUTE_MS;
/** A task is listed so long after its creation. */
export const TASK_LIFETIME_MS = 7 * DAY_MS;
/** `X-Lognex-Retry-After` of 61002 at most: some clients stop all their calls for that time. */
export const QUEUE_FULL_RETRY_MAX_MS = 3 * SECOND_MS;

/** A webhook's receiver must answer within it. */
export const WEBHOOK_TIMEOUT_MS = 1500;
/** Attempts after the first one, at once, one after another. */
export const WEBHOOK_FURTHER_ATTEMPTS = 3;
/** Events of one change that share a call. */
export const WEBHOOK_CALL_MAX_EVENTS = 100;
/** Characters of a webhook's url (30010). */
export const WEBHOOK_URL_MAX_LENGTH = 255;
/** Webhooks of one entity type and action (30007), for users. */
export const WEBHOOKS_PER_KIND_MAX = 5;

/** The request budget of the original: units that a user or an application may spend in a window. */
export const REQUEST_BUDGET = { units: 45, windowMs: 3 * SECOND_MS } as const;

/** What a profile limits; an absent limit is off. */
export interface Limits {
  /** Units that a user or an application may spend in a window. */
  readonly budget?: { readonly units: number; readonly windowMs: number };
  /** Requests at the same time. */
  readonly parallel?: { readonly perPrincipal: number; readonly perAccount: number };
  /** Tasks of an account in PENDING and PROCESSING (61002). */
  readonly maxUnfinished: number;
  /** Tasks of an account in PROCESSING. */
  readonly maxRunning: number;
}

export type LimitsProfile = 'kladana' | 'relaxed' | 'off';

/** Even without limits an account's queue ends somewhere. */
const UNFINISHED_HARD_BOUND = 1000;

/** The profiles of the setting `--limits`: the original's, only those of the queue, and none. */
export const LIMITS: Readonly<Record<LimitsProfile, Limits>> = {
  kladana: {
    budget: REQUEST_BUDGET,
    parallel: { perPrincipal: 5, perAccount: 20 },
    maxUnfinished: 4,
    maxRunning: 1,
  },
  relaxed: { maxUnfinished: 4, maxRunning: 1 },
  off: { maxUnfinished: UNFINISHED_HARD_BOUND, maxRunning: UNFINISHED_HARD_BOUND },
};

const HEAVY_PATHS: ReadonlySet<string> = new Set(['report/stock/all', 'report/stock/bystore']);

/** Units of the budget that a request costs; `path` is that below the base. Asynchronous requests cost the same. */
export const requestUnits = (path: string): number => (HEAVY_PATHS.has(path) ? 5 : 1);
