/**
 * Addresses: of objects and tasks, of the request as it is written back, of the neighbouring pages, and what an href
 * in a body or a filter leads to (contract: Lists; Objects). `base` is `{scheme}://{host}/api/remap/1.2`.
 */
import { decodePiece, encodeDisallowed } from './percent.ts';
import { isUuid } from './values.ts';

/** Where an object lives: `{base}/entity/{type}/{id}`; price types lie under the company's settings. */
export function entityHref(base: string, type: string, id: string): string {
  if (type === 'pricetype') return `${base}/context/companysettings/pricetype/${id}`;
  return `${base}/entity/${type}/${id}`;
}

/** Address of a task's status: `Content-Location` of its creation. */
export const taskHref = (base: string, id: string): string => `${base}/async/${id}`;

/** Address of a task's result: `Location` of its creation, `resultUrl` of a DONE task. */
export const taskResultHref = (base: string, id: string): string => `${base}/async/${id}/result`;

/** A request's URL as `meta.href` shows it: as sent, encoded only where it must be, no slash at the path's end. */
export function writtenHref(url: string): string {
  const [path, query] = splitOnce(url, '?');
  const written = encodeDisallowed(path.replace(/\/+$/, ''));
  return query === undefined || query === '' ? written : `${written}?${encodeDisallowed(query)}`;
}

/** The same URL for another page: `limit` and `offset` set in their places or at the end, values percent-encoded. */
export function pageHref(url: string, page: { readonly limit: number; readonly offset: number }): string {
  const [path, query = ''] = splitOnce(url, '?');
  const window = new Map<string, number>([
    ['limit', page.limit],
    ['offset', page.offset],
  ]);
  const pieces: string[] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const [name, value] = splitOnce(piece, '=');
    if (name === 'limit' || name === 'offset') {
      if (window.has(name)) pieces.push(`${name}=${window.get(name)}`);
      window.delete(name);
    } else {
      pieces.push(value === undefined ? reencoded(name) : `${reencoded(name)}=${reencoded(value)}`);
    }
  }
  for (const [name, value] of window) pieces.push(`${name}=${value}`);
  return `${path}?${pieces.join('&')}`;
}

const reencoded = (raw: string): string => {
  const text = decodePiece(raw);
  return text === undefined ? encodeDisallowed(raw) : encodeURIComponent(text);
};

/** A text before and after the first occurrence of a separator. */
export function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

const POSITION_TYPES: Readonly<Record<string, string>> = {
  invoiceout: 'invoiceposition',
  invoicein: 'invoiceposition',
  retaildemand: 'demandposition',
  retailsalesreturn: 'salesreturnposition',
};

/** `meta.type` of a document's positions: `demandposition` (contract: Documents, meta.type of positions). */
export const positionType = (documentType: string): string =>
  POSITION_TYPES[documentType] ?? `${documentType}position`;

/** What an href leads to: an object by `meta.type` and id, and what it lies in. */
export interface Target {
  readonly type: string;
  /** Lower-case UUID. */
  readonly id: string;
  /** Of a position or an account its owner; of an attribute, a state, a characteristic the type it belongs to. */
  readonly parent?: { readonly type: string; readonly id?: string };
}

/**
 * The target of an href of any host and version, its query ignored; undefined where it is not an address of ours:
 * `…/entity/{type}/{id}`, `…/{id}/positions/{id}`, `…/metadata/attributes/{id}`, `…/async/{id}`, price types.
 */
export function parseHref(href: string): Target | undefined {
  const path = /^https?:\/\/[^/?#]+(?:\/[^?#]*)?\/api\/remap\/1\.\d+\/([^?#]*)/i.exec(href)?.[1];
  if (path === undefined) return undefined;
  const segments = path.replace(/\/+$/, '').split('/');
  const id = segments.pop()?.toLowerCase() ?? '';
  if (!isUuid(id)) return undefined;
  const [room, type, third, fourth] = segments;
  if (room === 'async' && segments.length === 1) return { type: 'async', id };
  if (path.startsWith('context/companysettings/pricetype/') && segments.length === 3) {
    return { type: 'pricetype', id };
  }
  if (room !== 'entity' || type === undefined || type === '') return undefined;
  if (segments.length === 2) return { type, id };
  if (segments.length === 3 && third !== undefined && isUuid(third)) {
    return { type, id, parent: { type: `${type}metadata`, id: third.toLowerCase() } };
  }
  if (segments.length !== 4 || third === undefined || fourth === undefined) return undefined;
  if (third === 'metadata') return { type: metadataType(fourth), id, parent: { type } };
  if (!isUuid(third)) return undefined;
  return { type: childType(type, fourth), id, parent: { type, id: third.toLowerCase() } };
}

const metadataType = (collection: string): string =>
  collection === 'states' ? 'state' : 'attributemetadata';

const CHILD_TYPES: Readonly<Record<string, string>> = {
  accounts: 'account',
  contactpersons: 'contactperson',
  notes: 'note',
  slots: 'slot',
  zones: 'zone',
};

const childType = (type: string, collection: string): string =>
  collection === 'positions' ? positionType(type) : (CHILD_TYPES[collection] ?? collection);
