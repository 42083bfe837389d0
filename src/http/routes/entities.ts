/** JSON API 1.2, Objects, Lists, Bulk: `entity/{type}` of every kind. */
import type { FastifyInstance } from 'fastify';
import { ApiError, apiError, renderErrors } from '../../contract/errors.ts';
import { type JsonObject, withPlaces } from '../../contract/json.ts';
import { isUuid } from '../../contract/values.ts';
import type { ManyOutcome } from '../../warehouse/entities/entities.ts';
import { ERRORS_PAGE } from '../addresses.ts';
import { type Answer, ok } from '../answer.ts';
import { type Ask, askedOf } from '../ask.ts';
import type { ServerOptions } from '../options.ts';
import { type Handler, type Methods, route } from '../route.ts';

export function entityRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { entities } = options;
  const asked = (ask: Ask) => askedOf(ask, options);
  const serve = (path: string, methods: Methods): void =>
    route(app, path, knownTypesOnly(methods, options), options);

  const create = async (ask: Ask): Promise<Answer> => {
    const { value } = bodyNeeded(ask);
    if (!isArray(value)) return ok(await entities.create(typeOf(ask), value, asked(ask)));
    return manyAnswer(await entities.createMany(typeOf(ask), value, asked(ask)), ask);
  };

  serve('/entity/:type', {
    GET: async (ask) => ok(await entities.list(typeOf(ask), asked(ask))),
    POST: create,
    PUT: withoutId,
    DELETE: withoutId,
  });
  // The vendor's newer SDKs send arrays here.
  serve('/entity/:type/batch', { POST: create });
  serve('/entity/:type/:id', {
    GET: async (ask) => ok(await entities.get(typeOf(ask), idOf(ask), asked(ask))),
    PUT: async (ask) => ok(await entities.update(typeOf(ask), idOf(ask), oneObject(ask), asked(ask))),
    DELETE: async (ask) => {
      await entities.remove(typeOf(ask), idOf(ask), asked(ask));
      return { status: 200 };
    },
  });
  serve('/entity/:type/:id/positions', {
    GET: async (ask) => ok(await entities.positions(typeOf(ask), idOf(ask), asked(ask))),
  });
}

/** An unknown type is told before anything else of the request is looked at. */
function knownTypesOnly(methods: Methods, { entities }: ServerOptions): Methods {
  const guarded = Object.entries(methods).map(([method, handler]): [string, Handler] => [
    method,
    async (ask) => {
      if (!entities.has(typeOf(ask))) throw apiError(1005, [typeOf(ask)]);
      return handler(ask);
    },
  ]);
  return Object.fromEntries(guarded);
}

const typeOf = ({ params }: Ask): string => params.type ?? '';

/** The id in the path; refused with 1000 where it is none. */
export function idOf({ params }: Ask): string {
  const { id = '' } = params;
  if (!isUuid(id)) throw apiError(1000, [id]);
  return id.toLowerCase();
}

/** Of a path without an id where one is needed. */
export const withoutId: Handler = async () => {
  throw apiError(1012);
};

/** Whether a body is an array: several objects at once. */
export const isArray = (value: JsonObject | readonly JsonObject[]): value is readonly JsonObject[] =>
  Array.isArray(value);

/** The body of a request that needs one. */
export function bodyNeeded({ body }: Ask): NonNullable<Ask['body']> {
  if (body === undefined) throw apiError(1027);
  return body;
}

/** The body of a request for one object: an array is refused with 2009. */
export function oneObject(ask: Ask): JsonObject {
  const { value } = bodyNeeded(ask);
  if (isArray(value)) throw apiError(2009, [], { path: [] });
  return value;
}

/** Each element its object or its errors, in the request's order. */
export function manyAnswer({ status, outcomes }: ManyOutcome, { body, language, site }: Ask): Answer {
  const failed = outcomes.filter((outcome) => outcome instanceof ApiError);
  const placed = withPlaces(failed, body?.text ?? '');
  const shown = new Map(
    failed.map((error, index) => [error, renderErrors(placed[index] ?? error, language, site + ERRORS_PAGE)]),
  );
  return {
    status,
    body: outcomes.map((outcome) => (outcome instanceof ApiError ? (shown.get(outcome) ?? {}) : outcome)),
  };
}
