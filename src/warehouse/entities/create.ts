/** Creation of one object: its draft goes through the bulk door, its documents are posted there. */
import { toMinute } from '../../contract/moments.ts';
import type { Cell } from '../../database/database.ts';
import { applyChanges, type Content, readChanges } from './changes.ts';
import { sumTooLarge, totalOf } from './draft-rows.ts';
import {
  type AssortmentDraft,
  type Author,
  type DocumentDraft,
  type EntityDraft,
  writeAssortments,
  writeDocuments,
  writeEntities,
} from './drafts.ts';
import { nextName } from './numbering.ts';
import { pathUnder } from './paths.ts';
import { type PositionRow, readPositions } from './positions.ts';
import { demandRow, readRow, showRow } from './read.ts';
import { checkUnique, finishWork, openReading, refuseProblems, type Work } from './work.ts';

/** Creates an object, or answers the one that was created with the same syncId. */
export async function createObject(work: Work, sent: Readonly<Record<string, unknown>>): Promise<object> {
  const { tx, kind, asked, ids, now } = work;
  const { account } = asked.principal;
  const body = kind.complete?.(sent) ?? sent;
  const at = await openReading(work, body);
  const changes = readChanges(kind, body, at, true);
  const positions =
    kind.positions === undefined ? [] : readPositions(kind.positions, body.positions, at.at('positions'), []);
  refuseProblems(at);
  const content = applyChanges(kind, changes, { columns: {}, body: {} });
  const known = await findBySyncId(work, content.columns.sync_id);
  if (known !== undefined) return known;
  await checkUnique(work, content);
  const uuid = ids.uuid();
  const author: Author = {
    now,
    zone: asked.zone,
    ids,
    owner: asked.principal.id,
    ...(at.parts.defaults.group !== undefined && { group: at.parts.defaults.group }),
  };
  const { touched } = await insert(work, uuid, content, positions ?? [], author);
  await finishWork(work, 'CREATE', uuid, touched);
  return showRow(tx, kind, await demandRow(tx, account, kind, uuid), asked);
}

async function findBySyncId(
  { tx, kind, asked }: Work,
  syncId: Cell | undefined,
): Promise<object | undefined> {
  if (typeof syncId !== 'string') return undefined;
  const { account } = asked.principal;
  const found = await tx.one<{ uuid: string }>(
    `select uuid from ${kind.table} where account = $1 and kind = $2 and sync_id = $3`,
    [account, kind.type, syncId],
  );
  const row = found === undefined ? undefined : await readRow(tx, account, kind, found.uuid);
  return row === undefined ? undefined : showRow(tx, kind, row, asked);
}

async function insert(
  work: Work,
  uuid: string,
  content: Content,
  positions: readonly PositionRow[],
  author: Author,
): Promise<{ readonly touched: readonly number[] }> {
  const { tx, kind, asked } = work;
  const { account } = asked.principal;
  switch (kind.table) {
    case 'assortment':
      return writeAssortments(tx, account, kind.type, [await assortmentDraft(work, uuid, content)], author);
    case 'entity':
      return writeEntities(tx, account, kind.type, [await entityDraft(work, uuid, content)], author);
    case 'document':
      return writeDocuments(
        tx,
        account,
        kind.type,
        [await documentDraft(work, uuid, content, positions)],
        author,
      );
  }
}

const textOf = (cell: Cell | undefined): string | undefined => (typeof cell === 'string' ? cell : undefined);
const numberOf = (cell: Cell | undefined): number | undefined =>
  typeof cell === 'number' ? cell : undefined;

const draftOf = (uuid: string, { columns, body }: Content) => ({
  uuid,
  name: textOf(columns.name) ?? '',
  externalCode: textOf(columns.external_code),
  syncId: textOf(columns.sync_id),
  body,
});

async function assortmentDraft(work: Work, uuid: string, content: Content): Promise<AssortmentDraft> {
  const { columns } = content;
  const folder = numberOf(columns.folder);
  return {
    ...draftOf(uuid, content),
    code: textOf(columns.code),
    archived: columns.archived === 1,
    article: textOf(columns.article),
    folder,
    uom: numberOf(columns.uom),
    supplier: numberOf(columns.supplier),
    pathName: await pathUnder(work.tx, work.asked.principal.account, folder ?? null),
    minimumBalance: numberOf(columns.minimum_balance),
  };
}

async function entityDraft(work: Work, uuid: string, content: Content): Promise<EntityDraft> {
  const { columns } = content;
  const parent = numberOf(columns.parent);
  return {
    ...draftOf(uuid, content),
    code: textOf(columns.code),
    archived: columns.archived === 1,
    parent,
    pathName: await pathUnder(work.tx, work.asked.principal.account, parent ?? null),
  };
}

async function documentDraft(
  { tx, kind, asked, now }: Work,
  uuid: string,
  content: Content,
  positions: readonly PositionRow[],
): Promise<DocumentDraft> {
  const { columns } = content;
  const moment = numberOf(columns.moment) ?? toMinute(now);
  const organization = numberOf(columns.organization);
  if (organization === undefined) throw new Error('a document needs its organization');
  if (!Number.isSafeInteger(totalOf(positions))) throw sumTooLarge();
  const { account } = asked.principal;
  return {
    ...draftOf(uuid, content),
    name: textOf(columns.name) ?? (await nextName(tx, account, kind.type, moment, asked.zone)),
    moment,
    applicable: columns.applicable !== 0,
    organization,
    store: numberOf(columns.store),
    agent: numberOf(columns.agent),
    positions,
  };
}
