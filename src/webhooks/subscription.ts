/**
 * What a subscription says, how a request's body becomes one, and how the API shows it. Pure.
 * JSON API 1.2, Webhooks; Asynchronous exchange, Webhooks: what `async` knows.
 */
import { type Problem, type ProblemDetails, problem, type Words } from '../contract/errors.ts';
import { entityMeta, type Meta } from '../contract/meta.ts';
import type { DomainEvent } from '../platform/events.ts';

export type Action = DomainEvent['action'];
export type DiffType = 'NONE' | 'FIELDS';

/** What a user decides about a subscription. */
export interface Subscription {
  readonly entityType: string;
  readonly action: Action;
  readonly url: string;
  readonly enabled: boolean;
  /** Whether a call names the fields that changed; UPDATE only. */
  readonly diffType: DiffType;
}

/** A subscription with what the server knows of it. */
export interface StoredSubscription extends Subscription {
  /** UUID. */
  readonly id: string;
  /** UUID of the account. */
  readonly accountId: string;
}

/** `entity/webhook` as the API shows it. */
export interface WebhookObject {
  readonly meta: Meta;
  readonly id: string;
  readonly accountId: string;
  readonly entityType: string;
  readonly url: string;
  readonly method: 'POST';
  readonly enabled: boolean;
  readonly action: Action;
  readonly diffType?: DiffType;
}

/** A JSON object as a request brought it. */
export type Body = Readonly<Record<string, unknown>>;

const ACTIONS: readonly Action[] = ['CREATE', 'UPDATE', 'DELETE', 'PROCESSED'];
const DIFF_TYPES: readonly DiffType[] = ['NONE', 'FIELDS'];
/** Longest url, in characters. */
const URL_MAX = 255;

/** The actions that fire, by entity type: nobody may wait for an event that never comes. */
const offered: ReadonlyMap<string, readonly Action[]> = new Map<string, readonly Action[]>([
  ['async', ['PROCESSED', 'UPDATE', 'CREATE']],
]);

/** What stands in a message where a type has no action that fires. */
const NO_ACTION: Words = { en: 'none', ru: 'нет' };

/** Whether a type is one of the API's objects: their webhooks are refused for another reason than unknown words. */
export type IsEntityType = (type: string) => boolean;

/** The API's object; `base` is the request's own. */
export function renderSubscription(webhook: StoredSubscription, base: string): WebhookObject {
  const { id, accountId, entityType, url, enabled, action, diffType } = webhook;
  return {
    meta: entityMeta(base, 'webhook', id),
    id,
    accountId,
    entityType,
    url,
    method: 'POST',
    enabled,
    action,
    ...(action === 'UPDATE' && { diffType }),
  };
}

/** A new subscription from a body, or everything that is wrong with it. */
export function readSubscription(body: Body, isEntityType: IsEntityType): Subscription | readonly Problem[] {
  return new Reading(body, undefined, isEntityType).finish();
}

/** A subscription after the changes that a body names, or everything that is wrong with them. */
export function changeSubscription(
  before: Subscription,
  body: Body,
  isEntityType: IsEntityType,
): Subscription | readonly Problem[] {
  return new Reading(body, before, isEntityType).finish();
}

/** The address that calls go to; undefined where it is none that a call could use. */
export function parseUrl(text: string): URL | undefined {
  // `URL` forgives surrounding spaces and drops line breaks; what is shown must be what is called.
  if (/[\s\p{Cc}]/u.test(text)) return undefined;
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') return undefined;
  return isDecodable(url.username) && isDecodable(url.password) ? url : undefined;
}

/** Credentials in the url are sent decoded, as Basic. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** One body read field by field: problems gather, so that a client learns of all of them at once. */
class Reading {
  readonly #body: Body;
  readonly #before: Subscription | undefined;
  readonly #isEntityType: IsEntityType;
  readonly #problems: Problem[] = [];

  constructor(body: Body, before: Subscription | undefined, isEntityType: IsEntityType) {
    this.#body = body;
    this.#before = before;
    this.#isEntityType = isEntityType;
  }

  finish(): Subscription | readonly Problem[] {
    this.#checkMethod();
    const type = this.#required('entityType');
    const action = this.#action();
    const entityType = type === undefined ? undefined : this.#entityType(type, action);
    const url = this.#url();
    const enabled = this.#enabled();
    if (entityType !== undefined && action !== undefined) this.#checkPair(entityType, action);
    const diffType = this.#diffType(action);
    if (this.#problems.length > 0 || entityType === undefined || action === undefined || url === undefined)
      return this.#problems;
    return { entityType, action, url, enabled, diffType };
  }

  /** PROCESSED is an action of tasks: to every other type it is unknown, whether the type has webhooks or not. */
  #entityType(type: string, action: Action | undefined): string | undefined {
    if (offered.has(type)) return type;
    if (action === 'PROCESSED' && this.#isEntityType(type)) this.#refuseAction(type, action, NO_ACTION);
    else this.#problems.push(problem(30000, [type], at('entityType')));
    return undefined;
  }

  #action(): Action | undefined {
    const value = this.#required('action');
    const action = ACTIONS.find((each) => each === value);
    if (value !== undefined && action === undefined)
      this.#problems.push(problem(30002, [value], at('action')));
    return action;
  }

  #checkPair(entityType: string, action: Action): void {
    const allowed = offered.get(entityType) ?? [];
    if (allowed.includes(action)) return;
    this.#refuseAction(entityType, action, allowed.join(', '));
  }

  #refuseAction(entityType: string, action: Action, allowed: string | Words): void {
    this.#problems.push(problem(30008, [entityType, action, allowed], at('action')));
  }

  #url(): string | undefined {
    const value = this.#required('url');
    if (value === undefined) return undefined;
    if (value.length > URL_MAX) this.#problems.push(problem(30010, [], at('url')));
    else if (parseUrl(value) === undefined) this.#problems.push(problem(30005, [], at('url')));
    else return value;
    return undefined;
  }

  #checkMethod(): void {
    const value = this.#text('method');
    if (value !== undefined && value !== 'POST') this.#problems.push(problem(30001, [value], at('method')));
  }

  #enabled(): boolean {
    const value = this.#body.enabled;
    if (typeof value === 'boolean') return value;
    if (value !== undefined) this.#refuseType('enabled', 'Boolean');
    return this.#before?.enabled ?? true;
  }

  #diffType(action: Action | undefined): DiffType {
    const value = this.#body.diffType === null ? undefined : this.#text('diffType');
    if (action !== undefined && action !== 'UPDATE') {
      if (value !== undefined) this.#problems.push(problem(30009, [action], at('diffType')));
      return 'NONE';
    }
    if (value === undefined)
      return this.#body.diffType === null ? 'NONE' : (this.#before?.diffType ?? 'NONE');
    const diffType = DIFF_TYPES.find((each) => each === value);
    if (diffType === undefined)
      this.#problems.push(problem(3005, [value, 'diffType', DIFF_TYPES.join(', ')], at('diffType')));
    return diffType ?? 'NONE';
  }

  /** A text that a new subscription must have and a change may leave out. */
  #required(name: 'entityType' | 'action' | 'url'): string | undefined {
    const isAbsent = this.#body[name] === undefined;
    if (isAbsent && this.#before !== undefined) return this.#before[name];
    const value = this.#text(name);
    if (!isAbsent && value !== '') return value;
    this.#problems.push(problem(3000, [name], at(name)));
    return undefined;
  }

  /** A text, or nothing where the field is absent or, as a problem, of another type. */
  #text(name: string): string | undefined {
    const value = this.#body[name];
    if (typeof value === 'string') return value;
    if (value !== undefined) this.#refuseType(name, 'String');
    return undefined;
  }

  #refuseType(name: string, type: 'String' | 'Boolean'): void {
    this.#problems.push(problem(2016, [name, type], at(name)));
  }
}

/** Where a field stands in the body. */
const at = (name: string): ProblemDetails => ({ parameter: name, path: [name] });
