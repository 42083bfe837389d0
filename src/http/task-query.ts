/** What a list of tasks is asked for (contract: The asynchronous exchange, §4), in the exchange's words. */
import { checkConditions, type FilterFields, type TypedCondition } from '../contract/conditions.ts';
import { filterOf, joinedQuery } from '../contract/filter.ts';
import { orderOf, pageOf, type Query } from '../contract/query.ts';
import type { Zone } from '../contract/zones.ts';
import type { TaskCondition, TaskQuery } from '../exchange/index.ts';

const FIELDS = {
  state: {
    type: 'enum',
    operators: ['=', '!='],
    values: ['PENDING', 'PROCESSING', 'DONE', 'API_ERROR', 'ERROR', 'CANCEL'],
    // The document's own example filters state=done.
    anyCase: true,
  },
  request: { type: 'string', operators: ['=', '!='] },
  deletionDate: { type: 'date', operators: ['=', '!=', '<', '>', '<=', '>='] },
} as const satisfies FilterFields;

const SORTABLE = ['created', 'deletionDate', 'request'] as const;

/** The document's own example joins its conditions by `&` where the language has `;`. */
const BARE = { fields: Object.keys(FIELDS), place: 'anywhere' } as const;

/** Filter, order and window of a list of tasks. */
export function taskQueryOf(query: Query, zone: Zone): TaskQuery {
  const page = pageOf(query);
  const conditions = checkConditions(filterOf(query, BARE), FIELDS, zone).map(conditionOf);
  const order = orderOf(query, SORTABLE).map(({ field, direction }) => ({
    field,
    descending: direction === 'desc',
  }));
  return { conditions, order, ...page };
}

/** The query with its conditions joined by `;`, as `meta.href` shows it. */
export const joinedTaskQuery = (query: Query): string => joinedQuery(query, BARE);

function conditionOf({ field, operator, value }: TypedCondition): TaskCondition {
  if (!isTaskField(field) || !isTaskOperator(operator))
    throw new Error(`no condition of tasks: ${field}${operator}`);
  if (value === null) return { field, operator, value };
  if (value.type === 'enum' || value.type === 'string') return { field, operator, value: value.value };
  if (value.type !== 'date') throw new Error(`tasks have no field of type ${value.type}`);
  const { fromMs, untilMs } = value.value;
  switch (operator) {
    case '=':
    case '!=':
      return { field, operator, value: fromMs, until: untilMs };
    // A value stands for its whole second: after it begins when the second is over.
    case '>':
      return { field, operator: '>=', value: untilMs };
    case '<=':
      return { field, operator: '<', value: untilMs };
    default:
      return { field, operator, value: fromMs };
  }
}

const isTaskField = (field: string): field is TaskCondition['field'] => Object.hasOwn(FIELDS, field);

const isTaskOperator = (operator: string): operator is TaskCondition['operator'] =>
  FIELDS.deletionDate.operators.some((each) => each === operator);
