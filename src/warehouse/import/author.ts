import type { Database } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Author } from '../entities/drafts.ts';

/** The seeded objects that new ones refer to. */
export interface Seeded {
  /** Key of the organization in whose name documents are written. */
  readonly organization: number;
  /** Keys of the account's first store and unit. */
  readonly store: number;
  readonly uom: number;
  /** Whoever administers the account owns what comes in, in the main department. */
  readonly author: Author;
}

/** Reads what a fresh account holds (`new-account.ts`): the oldest object of each kind. */
export async function readSeeded(
  database: Database,
  account: AccountKey,
  terms: Pick<Author, 'now' | 'zone' | 'ids'>,
): Promise<Seeded> {
  const rows = await database.read((queries) =>
    queries.all<{ kind: string; id: number; uuid: string }>(
      `select kind, id, uuid from entity e where account = $1
          and id = (select min(id) from entity f where f.account = $1 and f.kind = e.kind)`,
      [account],
    ),
  );
  const first = (kind: string): { id: number; uuid: string } => {
    const row = rows.find((candidate) => candidate.kind === kind);
    if (row === undefined) throw new Error(`account ${account} has no ${kind}`);
    return row;
  };
  return {
    organization: first('organization').id,
    store: first('store').id,
    uom: first('uom').id,
    author: { ...terms, owner: first('employee').uuid, group: first('group').uuid },
  };
}
