import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { AccountKey } from '../../platform/ids.ts';
import type { TaskCondition, TaskQuery } from '../index.ts';
import type { Task } from '../task.ts';
import type { TaskContext } from './context.ts';
import { RESULT_COLUMNS, taskFrom } from './row.ts';
import type { ExchangeTables } from './tables.ts';

const COLUMNS = {
  state: 'task.state',
  request: 'task.request_url',
  deletionDate: 'task.deletion_at',
  created: 'task.created_at',
} as const;

/**
 * A window of the account's tasks whose records are kept, and how many match in all. Both run along `task_created`,
 * which holds what filters ask for but `request`; an order other than by `created` sorts the account's week.
 */
export async function listTasks(
  context: TaskContext,
  account: AccountKey,
  { conditions, order, limit, offset }: TaskQuery,
): Promise<{ tasks: readonly Task[]; size: number }> {
  const oldest = context.clock.now() - context.limits.recordLifeMs;
  return context.database.read(async (queries) => {
    const matching = queries
      .tables<ExchangeTables>()
      .selectFrom('task')
      .where('task.account', '=', account)
      .where('task.created_at', '>', oldest)
      .where((task) => task.and(clauses(task, conditions)));
    const { size } = await matching
      .select((task) => task.fn.countAll<number>().as('size'))
      .executeTakeFirstOrThrow();
    if (limit === 0 || offset >= size) return { tasks: [], size };
    let page = matching
      .leftJoin('result', (join) =>
        join.onRef('result.account', '=', 'task.account').onRef('result.id', '=', 'task.result'),
      )
      .selectAll('task')
      .select(RESULT_COLUMNS);
    // The number makes every order total; without one the newest come first.
    const total = order.length > 0 ? order : [{ field: 'created', descending: true } as const];
    for (const { field, descending } of total) {
      page = page.orderBy(COLUMNS[field], (by) =>
        descending ? by.desc().nullsFirst() : by.asc().nullsLast(),
      );
    }
    page = page.orderBy('task.id', total.at(-1)?.descending ? 'desc' : 'asc');
    const rows = await page.limit(limit).offset(offset).execute();
    const now = context.steady.now();
    return { tasks: rows.map((row) => taskFrom(row, now)), size };
  });
}

type Builder = ExpressionBuilder<ExchangeTables, 'task'>;

/** One clause a field: `=` are alternatives, everything else must hold (http.md, several on one field). */
function clauses(task: Builder, conditions: readonly TaskCondition[]): Expression<SqlBool>[] {
  const equal = Map.groupBy(
    conditions.filter(({ operator }) => operator === '='),
    ({ field }) => field,
  );
  const alternatives = [...equal.values()].map((same) => task.or(same.map((one) => clause(task, one))));
  const others = conditions.filter(({ operator }) => operator !== '=').map((one) => clause(task, one));
  return [...alternatives, ...others];
}

/** A task without a deletionDate matches no comparison with one: so SQL has it too. */
function clause(task: Builder, { field, operator, value, until }: TaskCondition): Expression<SqlBool> {
  const column = COLUMNS[field];
  if (value !== null && until !== undefined) {
    return operator === '!='
      ? task.or([task(column, '<', value), task(column, '>=', until)])
      : task.and([task(column, '>=', value), task(column, '<', until)]);
  }
  if (value !== null) return task(column, operator, value);
  return operator === '!=' ? task(column, 'is not', null) : task(column, 'is', null);
}
