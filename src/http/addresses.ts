/**
 * Addresses as the client knows them: hrefs and links begin with `--public-url`, else with what the request says of
 * itself (`Host`, or `X-Forwarded-*` of a trusted proxy).
 */
import type { FastifyRequest } from 'fastify';
import type { ServerOptions } from './options.ts';

/** Where the API lies under the site. */
export const API_PATH = '/api/remap/1.2';
/** The page of error codes, under the site: `moreInfo` leads there. */
export const ERRORS_PAGE = '/docs/errors';

/** What may stand in an authority; a `Host` with anything else is not repeated in hrefs. */
const AUTHORITY = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/;

/** Scheme, host and, behind a proxy, its prefix; no slash at the end. */
export function siteOf(request: FastifyRequest, { publicUrl }: Pick<ServerOptions, 'publicUrl'>): string {
  if (publicUrl !== undefined) return publicUrl;
  const authority = AUTHORITY.test(request.host) ? request.host : listeningAuthority(request);
  return `${request.protocol === 'https' ? 'https' : 'http'}://${authority}`;
}

function listeningAuthority({ socket: { localAddress = 'localhost', localPort } }: FastifyRequest): string {
  const host = localAddress.includes(':') ? `[${localAddress}]` : localAddress;
  return `${host}:${localPort}`;
}

/** A request's address in parts, nothing decoded. */
export interface Target {
  /** Below the base, no slashes at the ends, none doubled: `report/stock/bystore`. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  /** Below the site, as sent. */
  readonly asSent: string;
}

/** The parts of a raw request target. */
export function targetOf(rawUrl: string): Target {
  const mark = rawUrl.indexOf('?');
  const path = mark < 0 ? rawUrl : rawUrl.slice(0, mark);
  const segments = path.split('/').filter((segment) => segment !== '');
  const below = `/${segments.join('/')}`;
  return {
    path: below.startsWith(`${API_PATH}/`) ? below.slice(API_PATH.length + 1) : below.slice(1),
    query: mark < 0 ? '' : rawUrl.slice(mark + 1),
    asSent: rawUrl,
  };
}

/**
 * Takes the prefix of `--public-url` off a target, for proxies that pass it on; others take it off themselves. A
 * target in absolute form (`GET http://host/path`, as a client of a proxy sends it) is cut down to its path.
 */
export function withoutPrefix(url: string, publicUrl: string | undefined): string {
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)?.[1] ?? url;
  const prefix = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/$/, '');
  if (prefix !== '' && path.startsWith(`${prefix}/`)) return path.slice(prefix.length);
  return path.startsWith('/') ? path : `/${path}`;
}
