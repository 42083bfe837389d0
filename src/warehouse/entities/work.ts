/** One change of an object inside its transaction: what every create, update and delete begins and ends with. */
import { ApiError, apiError } from '../../contract/errors.ts';
import type { Writing } from '../../database/database.ts';
import type { Events } from '../../platform/events.ts';
import type { Ids } from '../../platform/ids.ts';
import { recordChange } from '../ledger/changes.ts';
import type { Content } from './changes.ts';
import { readDefaults } from './defaults.ts';
import type { Asked } from './entities.ts';
import type { Kind, Kinds } from './kind.ts';
import { Reading } from './reading.ts';
import { resolveReferences } from './references.ts';
import { zoneNamed } from './render.ts';

export interface Work {
  readonly tx: Writing;
  readonly kinds: Kinds;
  readonly kind: Kind;
  readonly asked: Asked;
  /** The Clock's ms. */
  readonly now: number;
  readonly ids: Ids;
  readonly events: Events<Writing>;
}

/** A reading of a body whose references are looked up. */
export async function openReading({ tx, kinds, asked, ids }: Work, body: unknown): Promise<Reading> {
  const { account } = asked.principal;
  return new Reading({
    references: await resolveReferences(tx, account, kinds, body),
    defaults: await readDefaults(tx, account),
    zone: zoneNamed(asked.zone),
    ids,
  });
}

/** Throws what was found wrong in a body, all of it. */
export function refuseProblems({ problems }: Reading): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw new ApiError([first, ...others]);
}

/** Refuses values that another object of the kind has already. */
export async function checkUnique(
  { tx, kind, asked }: Work,
  { columns }: Content,
  own?: number,
): Promise<void> {
  for (const { field, code } of kind.unique) {
    const column = kind.fields[field]?.column;
    const value = column === undefined ? undefined : columns[column];
    if (column === undefined || value === undefined || value === null) continue;
    const other = await tx.one<{ id: number }>(
      `select id from ${kind.table} where account = $1 and kind = $2 and ${column} = $3 and id <> $4 limit 1`,
      [asked.principal.account, kind.type, value, own ?? 0],
    );
    if (other === undefined) continue;
    const place = { parameter: field, path: [field] };
    throw code === 3006 ? apiError(3006, [field], place) : apiError(code, [], place);
  }
}

/** Ends a change: the account's next sequence and the event, in the same transaction. */
export async function finishWork(
  { tx, kind, asked, now, events }: Work,
  action: 'CREATE' | 'UPDATE' | 'DELETE',
  uuid: string,
  touched: readonly number[],
): Promise<void> {
  const { principal, base } = asked;
  await recordChange(tx, principal.account, touched, now);
  await events.record(tx, [{ account: principal.account, entityType: kind.type, action, id: uuid, base }]);
}
