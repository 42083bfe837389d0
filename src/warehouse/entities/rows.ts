/** Rows of the three wide tables as the kernel carries them: columns and the JSON body apart. */
import type { Cell } from '../../database/database.ts';

/** JSON as it is kept in a body. Scaled integers, 0/1, ms and `type/uuid` instead of the API's forms. */
export type Stored = string | number | readonly Stored[] | { readonly [name: string]: Stored };

export type Body = Readonly<Record<string, Stored>>;

/** An object as it stands in its table. */
export interface ObjectRow {
  readonly id: number;
  readonly uuid: string;
  readonly kind: string;
  readonly columns: Readonly<Record<string, Cell>>;
  readonly body: Body;
}

/** A row of `select *` on one of the wide tables. */
export function objectRow(record: Readonly<Record<string, Cell>>): ObjectRow {
  const { id, uuid, kind, body, ...columns } = record;
  return {
    id: Number(id),
    uuid: String(uuid),
    kind: String(kind),
    columns,
    body: parseBody(body),
  };
}

/** The body of a row or a position. It is JSON that the kernel wrote itself. */
export const parseBody = (text: Cell | undefined): Body =>
  text === '{}' || typeof text !== 'string' ? {} : (JSON.parse(text) as Body);

/** How often an object was changed: what an edit compares to find out that another one came before (1065). */
export const versionOf = (body: Body): number => (typeof body.version === 'number' ? body.version : 0);

/** The body of the next version of an object. */
export const nextVersion = (body: Body): Body => ({ ...body, version: versionOf(body) + 1 });
