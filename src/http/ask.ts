/** A request as handlers see it: who asks, for what, and how the answer is to be written. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/principal.ts';
import type { Language } from '../contract/errors.ts';
import type { Body } from '../contract/json.ts';
import type { SourceRequest } from '../exchange/ports.ts';
import type { Asked } from '../warehouse/entities/entities.ts';
import { API_PATH, siteOf, targetOf } from './addresses.ts';
import { languageOf } from './negotiate.ts';
import type { ServerOptions } from './options.ts';

export interface Ask {
  readonly principal: Principal;
  /** `{site}/api/remap/1.2`: hrefs are made with it. */
  readonly base: string;
  /** Scheme, host and public prefix: links to results are made with it. */
  readonly site: string;
  readonly language: Language;
  /** The whole URL as sent. */
  readonly url: string;
  /** Below the base, no slashes at the ends. */
  readonly path: string;
  /** As sent, without `?`. */
  readonly query: string;
  /** What stands in the path for `:name`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  /** Aborted when the client goes away before it is answered. */
  readonly signal: AbortSignal;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authentication, before any handler of the API. */
    principal: Principal | undefined;
  }
}

/** Reads a request of the API that has been authenticated. */
export function askOf(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Body | undefined,
  options: Pick<ServerOptions, 'publicUrl'>,
): Ask {
  const { principal } = request;
  if (principal === undefined) throw new Error(`${request.url} was handled without authentication`);
  const site = siteOf(request, options);
  const { path, query, asSent } = targetOf(request.url);
  return {
    principal,
    base: `${site}${API_PATH}`,
    site,
    language: languageOf(request.headers),
    url: `${site}${asSent}`,
    path,
    query,
    params: paramsOf(request),
    body,
    signal: signalOf(reply),
  };
}

function paramsOf({ params }: FastifyRequest): Readonly<Record<string, string>> {
  if (typeof params !== 'object' || params === null) return {};
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

function signalOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** The request in the words of a source of rows. */
export const sourceRequestOf = ({ principal, path, query, base, url, language }: Ask): SourceRequest => ({
  account: principal.account,
  path,
  query,
  base,
  url,
  principal,
  language,
});

/** The request in the words of the kinds. */
export const askedOf = (
  { principal, base, language, url, query }: Ask,
  { zone }: Pick<ServerOptions, 'zone'>,
): Asked => ({ principal, base, zone: zone.name, language, hrefAsSent: url, query });
