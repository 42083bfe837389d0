/** Limits of the API as named constants with their units, and the three profiles (contract: Limits; Settings). */

/** Rows of a page, at most and by default. */
export const PAGE_MAX_ROWS = 1000;
/** Beyond this `limit`, `expand` and `fields` are ignored. */
export const EXPAND_MAX_ROWS = 100;
/** Steps of an expand path. */
export const EXPAND_MAX_DEPTH = 3;
