/**
 * A request with an array (contract: Bulk): each element is a transaction of its own and has its own outcome, in the
 * request's order; the good ones are saved although others fail. Elements with `meta` are updates.
 */
import { ApiError, apiError, mixedStatus, type Problem } from '../../contract/errors.ts';
import { parseHref } from '../../contract/href.ts';
import { BULK_MAX_OBJECTS } from '../../contract/limits.ts';
import type { ManyOutcome } from './entities.ts';
import type { Kind } from './kind.ts';
import { isObject } from './reading.ts';

type Element = Readonly<Record<string, unknown>>;

export interface Changing {
  create(body: Element): Promise<object>;
  update(id: string, body: Element): Promise<object>;
}

/** Creates and updates the objects of an array, one after another. */
export async function changeMany(
  kind: Pick<Kind, 'type'>,
  bodies: readonly unknown[],
  changing: Changing,
): Promise<ManyOutcome> {
  if (bodies.length > BULK_MAX_OBJECTS) throw apiError(2007, [], { path: [BULK_MAX_OBJECTS] });
  const outcomes: (object | ApiError)[] = [];
  for (const [index, body] of bodies.entries()) {
    try {
      outcomes.push(await changeOne(kind, body, changing));
    } catch (error) {
      // What the API does not refuse is a fault of ours, and ends the request.
      if (!(error instanceof ApiError)) throw error;
      outcomes.push(atElement(error, index));
    }
  }
  const failed = outcomes.filter((outcome) => outcome instanceof ApiError);
  return { status: failed.length === 0 ? 200 : mixedStatus(failed.map(({ status }) => status)), outcomes };
}

async function changeOne(kind: Pick<Kind, 'type'>, body: unknown, changing: Changing): Promise<object> {
  if (!isObject(body)) throw apiError(2000, [], { path: [] });
  return isObject(body.meta) ? changing.update(idOf(kind, body.meta), body) : changing.create(body);
}

/** The object that the meta of an element names. */
function idOf({ type }: Pick<Kind, 'type'>, { href, type: named }: Element): string {
  const path = ['meta', 'href'];
  if (typeof href !== 'string') throw apiError(2010, [type], { path: ['meta'] });
  if (typeof named !== 'string') throw apiError(2011, [type], { path: ['meta'] });
  if (named.toLowerCase() !== type) throw apiError(1060, [named, type], { path: ['meta', 'type'] });
  const target = parseHref(href);
  if (target === undefined) throw apiError(2013, [type], { path });
  if (target.type.toLowerCase() !== type) throw apiError(2024, [target.type, type], { path });
  return target.id;
}

/** The same error with its places counted from the top of the array. */
function atElement(error: ApiError, index: number): ApiError {
  const placed = error.problems.map((each): Problem => ({ ...each, path: [index, ...(each.path ?? [])] }));
  const [first, ...others] = placed;
  return first === undefined ? error : new ApiError([first, ...others], { cause: error });
}
