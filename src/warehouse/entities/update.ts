/** Changes and deletion of an object that stands: its movements are undone and done again in the same transaction. */
import { apiError } from '../../contract/errors.ts';
import { isUuid } from '../../contract/values.ts';
import type { Cell } from '../../database/database.ts';
import { entriesOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { applyChanges, type Content, contentOf, isSameContent, readChanges } from './changes.ts';
import { externalCodeOf, nextPosition, sumTooLarge, totalOf } from './draft-rows.ts';
import { numberingOf } from './numbering.ts';
import { isTree, movePaths, pathUnder, refuseCycle } from './paths.ts';
import {
  comparePositions,
  type PositionChanges,
  type PositionRow,
  readPositions,
  readStoredPositions,
  writePositions,
} from './positions.ts';
import { demandRow, showRow } from './read.ts';
import type { Reading } from './reading.ts';
import { nextVersion, type ObjectRow, versionOf } from './rows.ts';
import { usersOf } from './usage.ts';
import { checkUnique, finishWork, openReading, refuseProblems, type Work } from './work.ts';

type Body = Readonly<Record<string, unknown>>;
type Standing = readonly (PositionRow & { readonly id: number })[];

/**
 * Changes the fields that `body` names. An edit that was received at version `received` and comes after another one
 * is refused (1065); one that changes nothing leaves no trace.
 */
export async function updateObject(
  work: Work,
  uuid: string,
  body: Body,
  received: number | undefined,
): Promise<object> {
  const { tx, kind, asked } = work;
  const { account } = asked.principal;
  const row = await demandRow(tx, account, kind, uuid);
  if (received !== undefined && received !== versionOf(row.body)) throw apiError(1065);
  if (row.body.builtIn === 1) throw apiError(1024);
  refuseOtherSyncId(row, body);
  const at = await openReading(work, body);
  const changes = readChanges(kind, body, at, false);
  changes.delete('syncId');
  const standing = kind.positions === undefined ? [] : await readStoredPositions(tx, account, row.id);
  const positions = readPositionChanges(work, body, at, row, standing);
  refuseProblems(at);
  const content = await follow(work, row, applyChanges(kind, changes, contentOf(row)), positions);
  if (isSameContent(contentOf(row), content) && positions === undefined) {
    return showRow(tx, kind, row, asked);
  }
  refuseFixed(work, row, content);
  await checkUnique(work, content, row.id);
  await store(work, row, content);
  if (positions !== undefined) await writePositions(tx, account, row.id, positions);
  const touched = await settle(work, row, content, standing, positions?.after ?? standing);
  await finishWork(work, 'UPDATE', uuid, touched);
  return showRow(tx, kind, await demandRow(tx, account, kind, uuid), asked);
}

/** syncId is fixed once the object is there (1047). */
function refuseOtherSyncId({ columns }: ObjectRow, { syncId }: Body): void {
  if (typeof syncId !== 'string' || !isUuid(syncId)) return;
  if (syncId.toLowerCase() !== columns.sync_id)
    throw apiError(1047, [], { parameter: 'syncId', path: ['syncId'] });
}

/** Fields that this object keeps as they are. */
function refuseFixed({ kind }: Work, row: ObjectRow, content: Content): void {
  for (const { field, code, of } of kind.fixed) {
    const column = kind.fields[field]?.column;
    const valueIn = ({ columns, body }: Content) => (column === undefined ? body[field] : columns[column]);
    if (valueIn(row) === valueIn(content) || !of(row)) continue;
    throw apiError(code, [], { parameter: field, path: [field] });
  }
}

/** Undefined where the body leaves the positions as they are. */
function readPositionChanges(
  { kind }: Work,
  body: Body,
  at: Reading,
  row: ObjectRow,
  standing: Standing,
): PositionChanges | undefined {
  if (kind.positions === undefined) return undefined;
  const wanted = readPositions(kind.positions, body.positions, at.at('positions'), standing);
  if (wanted === undefined) return undefined;
  const changes = comparePositions(standing, wanted, nextPosition(standing.at(-1)?.id ?? 0, row.body));
  return changes.written.length + changes.removed.length === 0 ? undefined : changes;
}

/** The content with everything that follows from what was changed: path, number, sum, codes. */
async function follow(
  { tx, kind, asked }: Work,
  row: ObjectRow,
  { columns, body }: Content,
  positions: PositionChanges | undefined,
): Promise<Content> {
  const { account } = asked.principal;
  const changed: Record<string, Cell> = { ...columns };
  changed.external_code ??= externalCodeOf(row.uuid);
  if (kind.parentField !== undefined) {
    const parent = columns[kind.fields[kind.parentField]?.column ?? ''] ?? null;
    const key = typeof parent === 'number' ? parent : null;
    if (isTree(kind)) await refuseCycle(tx, account, row.id, key, kind.parentField);
    changed.path_name = await pathUnder(tx, account, key);
  }
  if (kind.table !== 'document') return { columns: changed, body };
  changed.name ??= row.columns.name ?? '';
  changed.numbering = numberingOf(String(changed.name), Number(changed.moment), asked.zone);
  if (positions === undefined) return { columns: changed, body };
  const sum = totalOf(positions.after);
  if (!Number.isSafeInteger(sum)) throw sumTooLarge();
  const last = Math.max(0, ...positions.removed.map(({ id }) => id));
  return {
    columns: { ...changed, sum },
    body: last === 0 ? body : { ...body, lastPosition: nextPosition(last, body) - 1 },
  };
}

/** Rewrites the columns that changed. */
async function store(
  { tx, kind, asked, now }: Work,
  row: ObjectRow,
  { columns, body }: Content,
): Promise<void> {
  const changed = Object.keys(columns).filter(
    (column) => (columns[column] ?? null) !== (row.columns[column] ?? null),
  );
  const cells: Cell[] = changed.map((column) => columns[column] ?? null);
  const sets = [...changed, 'body', 'updated'].map((column, index) => `${column} = $${index + 1}`);
  const count = sets.length;
  await tx.run(
    `update ${kind.table} set ${sets.join(', ')} where account = $${count + 1} and id = $${count + 2}`,
    [...cells, JSON.stringify(nextVersion(body)), now, asked.principal.account, row.id],
  );
}

/** What a change means beyond its row: paths below it, movements. Answers the assortments that were touched. */
async function settle(
  { tx, kind, asked }: Work,
  row: ObjectRow,
  content: Content,
  before: Standing,
  after: Standing,
): Promise<readonly number[]> {
  const { account } = asked.principal;
  if (kind.table === 'assortment') return [row.id];
  if (kind.table === 'document') {
    return post(tx, account, entries(kind.posts, row, row, before), entries(kind.posts, row, content, after));
  }
  const { name, path_name } = row.columns;
  const hasMoved = name !== content.columns.name || path_name !== content.columns.path_name;
  return isTree(kind) && hasMoved ? movePaths(tx, account, kind, row.id) : [];
}

function entries(
  rules: Work['kind']['posts'],
  { id }: ObjectRow,
  { columns }: Pick<Content, 'columns'>,
  positions: Standing,
) {
  const { moment, applicable, deleted = null, store } = columns;
  return entriesOf(rules, {
    document: id,
    moment: Number(moment),
    counts: applicable === 1 && deleted === null,
    stores: typeof store === 'number' ? { store } : {},
    positions,
  });
}

/** Deletes an object that nothing refers to (1028), with its movements. */
export async function removeObject(work: Work, uuid: string): Promise<void> {
  const { tx, kinds, kind, asked } = work;
  const { account } = asked.principal;
  const row = await demandRow(tx, account, kind, uuid);
  if (row.body.builtIn === 1) throw apiError(1025);
  const reason = kind.keeps?.(row);
  if (reason !== undefined) throw apiError(reason);
  const dependencies = await usersOf(tx, account, kinds, row, asked.base);
  if (dependencies.length > 0) throw apiError(1028, [], { dependencies });
  const touched = await removeParts(work, row);
  await tx.run(`delete from ${kind.table} where account = $1 and id = $2`, [account, row.id]);
  await finishWork(work, 'DELETE', uuid, touched);
}

async function removeParts({ tx, kind, asked }: Work, row: ObjectRow): Promise<readonly number[]> {
  const { account } = asked.principal;
  if (kind.table === 'entity') return [];
  if (kind.table === 'assortment') {
    // Goods that moved once keep rows of zeros; without the goods they would stand for nothing.
    for (const register of ['balance', 'total']) {
      await tx.run(`delete from ${register} where account = $1 and assortment = $2`, [account, row.id]);
    }
    return [row.id];
  }
  const positions = await readStoredPositions(tx, account, row.id);
  await tx.run('delete from position where account = $1 and document = $2', [account, row.id]);
  return post(tx, account, entries(kind.posts, row, row, positions), []);
}
