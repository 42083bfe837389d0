/**
 * What a report declares. A report is one file in this folder and one line in `index.ts`: paths, checks, pages and the
 * asynchronous exchange follow from its declaration.
 */
import type { FilterFields } from '../../contract/conditions.ts';
import type { Query } from '../../contract/query.ts';
import type { Zone } from '../../contract/zones.ts';
import type { Snapshot } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Commit } from '../ledger/changes.ts';

/** The employee permissions that reports ask for (contract: Permissions). */
export type ReportRight = 'viewStockReport';

/** One request for a report, read and permitted. */
export interface ReportRequest {
  readonly account: AccountKey;
  /** `{scheme}://{host}/api/remap/1.2`, no slash at the end: hrefs are made with it. */
  readonly base: string;
  /** The whole URL as sent. */
  readonly url: string;
  readonly query: Query;
  /** Rows wanted; all where absent, which is the asynchronous form. */
  readonly window?: { readonly limit: number; readonly offset: number } | undefined;
  /** In which dates are read. */
  readonly zone: Zone;
  /** The Clock's ms, read once for the whole report. */
  readonly now: number;
  /** What the snapshot sees. */
  readonly commit: Commit;
}

/**
 * How a row is written: its JSON in pieces. `raw` is a column of JSON text, `decimal` one of integers scaled by 10^4.
 * The exchange writes more kinds; the rooms do not know each other, and `sources.ts` holds this against its port.
 */
export type RowPart = { readonly literal: string } | { readonly raw: number } | { readonly decimal: number };

export type ReportRow = readonly (number | string)[];

/** A report under construction, from one snapshot. */
export interface OpenedReport {
  /** The members before `rows`. */
  readonly head: object;
  readonly shape: readonly RowPart[];
  /** Rows that `batches` will yield in all. */
  readonly total: number;
  readonly batches: AsyncIterable<readonly ReportRow[]>;
}

export interface Report {
  /** Path below the base: `report/stock/bystore`. */
  readonly path: string;
  /** `meta.type`. */
  readonly type: string;
  /** Whether `async=true` is accepted. */
  readonly isAsynchronous: boolean;
  readonly right: ReportRight;
  /** Query parameters beside `limit`, `offset`, `filter` and `order`, with their values. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly filters: FilterFields;
  readonly sortKeys: readonly string[];
  /**
   * Reads the head and prepares the rows; throws `ApiError` for a wrong request. Rows come in a total order, so that
   * pages are windows of one stream.
   */
  open(snapshot: Snapshot, request: ReportRequest): Promise<OpenedReport>;
}
