/** Paths of trees: `pathName` is the names of the parents joined by `/`, kept true by renames and moves. */
import { apiError } from '../../contract/errors.ts';
import type { Queries, Writing } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import type { Kind } from './kind.ts';
import { placeholders } from './references.ts';
import { pathTwin } from './twins.ts';

/** Rows that one statement rewrites: it cannot be interrupted, and the event loop waits for it. */
const ROWS_PER_STATEMENT = 100;

interface Node {
  readonly id: number;
  readonly parent: number | null;
  readonly name: string;
  readonly path_name: string;
}

/** Whether objects of the kind lie under each other. */
export const isTree = ({ type, parentField, fields }: Kind): boolean =>
  parentField !== undefined && fields[parentField]?.leadsTo?.includes(type) === true;

/** The path of what lies under a node: its own and its name. */
const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);

/** `pathName` of an object under `parent`. */
export async function pathUnder(
  queries: Queries,
  account: AccountKey,
  parent: number | null,
): Promise<string> {
  if (parent === null) return '';
  const node = await queries.one<Node>(
    'select id, parent, name, path_name from entity where account = $1 and id = $2',
    [account, parent],
  );
  return node === undefined ? '' : join(node.path_name, node.name);
}

/** Refuses a parent that is the node itself (23000) or lies below it (23001); `field` names the parent. */
export async function refuseCycle(
  queries: Queries,
  account: AccountKey,
  node: number,
  parent: number | null,
  field: string,
): Promise<void> {
  const place = { parameter: field, path: [field] };
  if (parent === node) throw apiError(23000, [], place);
  for (let above = parent; above !== null; ) {
    const next: { parent: number | null } | undefined = await queries.one(
      'select parent from entity where account = $1 and id = $2',
      [account, above],
    );
    above = next?.parent ?? null;
    if (above === node) throw apiError(23001, [], place);
  }
}

/**
 * After a node was renamed or moved: rewrites the paths of everything below it, goods included. Answers the
 * assortments whose path changed.
 */
export async function movePaths(
  tx: Writing,
  account: AccountKey,
  kind: Kind,
  node: number,
): Promise<readonly number[]> {
  const nodes = await tx.all<Node>(
    'select id, parent, name, path_name from entity where account = $1 and kind = $2',
    [account, kind.type],
  );
  const children = Map.groupBy(nodes, ({ parent }) => parent);
  const touched: number[] = [];
  const waiting = nodes.filter(({ id }) => id === node);
  for (let above = waiting.pop(); above !== undefined; above = waiting.pop()) {
    const path = join(above.path_name, above.name);
    touched.push(...(await rewriteGoods(tx, account, kind, above.id, path)));
    for (const child of children.get(above.id) ?? []) {
      await tx.run('update entity set path_name = $1, path_name_folded = $2 where account = $3 and id = $4', [
        path,
        pathTwin(path),
        account,
        child.id,
      ]);
      waiting.push({ ...child, path_name: path });
    }
  }
  return touched;
}

async function rewriteGoods(
  tx: Writing,
  account: AccountKey,
  kind: Kind,
  folder: number,
  path: string,
): Promise<readonly number[]> {
  if (kind.type !== 'productfolder') return [];
  const goods = await tx.all<{ id: number }>(
    'select id from assortment where account = $1 and folder = $2 order by id',
    [account, folder],
  );
  const ids = goods.map(({ id }) => id);
  for (let start = 0; start < ids.length; start += ROWS_PER_STATEMENT) {
    const part = ids.slice(start, start + ROWS_PER_STATEMENT);
    await tx.run(
      `update assortment set path_name = $1, path_name_folded = $2
        where account = $3 and id in (${placeholders(part, 4)})`,
      [path, pathTwin(path), account, ...part],
    );
  }
  return ids;
}
