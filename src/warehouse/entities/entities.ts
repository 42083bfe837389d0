/**
 * The face of the kinds for the HTTP room: every `entity/{type}` behind one object. Each method throws `ApiError` for
 * what the API refuses; whatever else it throws is a fault of ours.
 */
import type { Principal } from '../../accounts/principal.ts';
import type { ApiError } from '../../contract/errors.ts';

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
