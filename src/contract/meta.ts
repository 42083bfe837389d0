/**
 * Hrefs, `meta`, `context` and the envelope of lists as the API writes them (contract: Objects, Lists; The
 * asynchronous exchange, §3 and §5). `base` is `{scheme}://{host}/api/remap/1.2`, no slash at the end.
 */
import { entityHref, pageHref, positionType, taskHref, writtenHref } from './href.ts';

const API_PATH = '/api/remap/1.2';
const mediaType = 'application/json';

/** The self-description that every object, list and reference carries. */
export interface Meta {
  readonly href: string;
  readonly metadataHref?: string;
  readonly type: string;
  readonly mediaType: 'application/json';
  readonly uuidHref?: string;
  readonly downloadHref?: string;
  /** Only on an expanded object that the user may not see. */
  readonly permitted?: false;
}

/** `meta` of a collection: `size` counts all matches. */
export interface ListMeta extends Meta {
  readonly size: number;
  readonly limit?: number;
  readonly offset?: number;
  readonly nextHref?: string;
  readonly previousHref?: string;
}

/** `meta` of an object and of a reference to it: href, metadataHref, type, mediaType. Price types have no metadata. */
export function entityMeta(base: string, type: string, id: string): Meta {
  const href = entityHref(base, type, id);
  if (type === 'pricetype') return { href, type, mediaType };
  return { href, metadataHref: `${base}/entity/${type}/metadata`, type, mediaType };
}

/** `entityMeta` with the address of the object's page for people, as the owner of a task has it. */
export function entityMetaWithPage(base: string, type: string, id: string): Meta {
  return { ...entityMeta(base, type, id), uuidHref: `${siteOf(base)}/app/#${type}/edit?id=${id}` };
}

/** What stands before the API's path: scheme, host and, behind a proxy, its prefix. */
const siteOf = (base: string): string =>
  base.endsWith(API_PATH) ? base.slice(0, -API_PATH.length) : new URL(base).origin;

/** `meta` of one position of a document. */
export function positionMeta(
  base: string,
  documentType: string,
  documentId: string,
  positionId: string,
): Meta {
  return {
    href: `${entityHref(base, documentType, documentId)}/positions/${positionId}`,
    metadataHref: `${base}/entity/${documentType}/metadata`,
    type: positionType(documentType),
    mediaType,
  };
}

/** `meta` of a document's positions where they are not expanded; `limit` and `offset` as of its first page. */
export function positionsMeta(
  base: string,
  documentType: string,
  documentId: string,
  size: number,
): ListMeta {
  return {
    href: `${entityHref(base, documentType, documentId)}/positions`,
    type: positionType(documentType),
    mediaType,
    size,
    limit: 1000,
    offset: 0,
  };
}

/** `meta` of an asynchronous task; it has no metadataHref. */
export const taskMeta = (base: string, id: string): Meta => ({
  href: taskHref(base, id),
  type: 'async',
  mediaType,
});

/** `context` of every list and report but the stock reports. */
export interface Context {
  readonly employee: { readonly meta: Meta };
}

/** `context` for who asks: its href is that of the asking employee himself. */
export function context(base: string): Context {
  const meta: Meta = {
    href: `${base}/context/employee`,
    metadataHref: `${base}/entity/employee/metadata`,
    type: 'employee',
    mediaType,
  };
  return { employee: { meta } };
}

/** `context` of the stock reports: both shapes in one, so that readers of either are served (async.md §5). */
export interface StockContext {
  readonly employee: Pick<Meta, 'href' | 'type' | 'mediaType'> & { readonly meta: Meta };
}

/** `context` of `report/stock/all` and `report/stock/bystore`, synchronous and asynchronous. */
export function stockContext(base: string): StockContext {
  const { meta } = context(base).employee;
  return { employee: { href: meta.href, type: meta.type, mediaType, meta } };
}

/** What a list or a result says of itself. */
export interface ListFacts {
  /** The request's URL as sent. */
  readonly url: string;
  readonly type: string;
  /** All matches, not only this page. */
  readonly size: number;
}

/** A window of a list, in rows. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/**
 * `meta` of a page. `nextHref` where rows follow, never with limit 0 (it would lead to itself); `previousHref` where
 * offset > 0, with offset max(0, offset − limit) and limit min(limit, offset), so that pages do not overlap.
 */
export function listMeta({ url, type, size }: ListFacts, { limit, offset }: Page): ListMeta {
  const href = writtenHref(url);
  const next = limit > 0 && offset + limit < size;
  const previous: Page = { limit: Math.min(limit, offset), offset: Math.max(0, offset - limit) };
  return {
    href,
    type,
    mediaType,
    size,
    limit,
    offset,
    ...(next && { nextHref: pageHref(href, { limit, offset: offset + limit }) }),
    ...(offset > 0 && { previousHref: pageHref(href, previous) }),
  };
}

/** `meta` of an asynchronous result: the request as sent and the number of rows, no window (async.md §5). */
export function resultMeta({ url, type, size }: ListFacts): ListMeta {
  return { href: writtenHref(url), type, mediaType, size };
}

/** The envelope of a list. */
export interface List<Row> {
  readonly context: Context | StockContext;
  readonly meta: ListMeta;
  readonly rows: readonly Row[];
}
