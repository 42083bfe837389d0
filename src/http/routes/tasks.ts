/** JSON API 1.2, Asynchronous exchange: reading, listing, collecting and cancelling tasks. */
import type { FastifyInstance } from 'fastify';
import { apiError } from '../../contract/errors.ts';
import { context, type List, listMeta } from '../../contract/meta.ts';
import { parseQuery } from '../../contract/query.ts';
import { isUuid } from '../../contract/values.ts';
import { type TaskId, taskId } from '../../platform/ids.ts';
import { type Answer, ok } from '../answer.ts';
import type { Ask } from '../ask.ts';
import { cancelAnswer, resultAnswer, unknownTask } from '../exchange-outcomes.ts';
import type { ServerOptions } from '../options.ts';
import { route } from '../route.ts';
import { joinedTaskQuery, taskQueryOf } from '../task-query.ts';
import { taskRecord } from '../task-record.ts';

export function taskRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { exchange, zone } = options;
  const status = async (ask: Ask): Promise<Answer> => {
    const id = taskIdOf(ask);
    const task = await exchange.find(ask.principal.account, id);
    if (task === undefined) throw unknownTask(id);
    return ok(taskRecord(task, ask, zone));
  };
  const result = async (ask: Ask): Promise<Answer> => {
    const id = taskIdOf(ask);
    return resultAnswer(await exchange.result(ask.principal.account, id, ask.site), ask.base, id);
  };
  const cancel = async (ask: Ask): Promise<Answer> => {
    const id = taskIdOf(ask);
    return cancelAnswer(await exchange.cancel(ask.principal.account, id), id);
  };
  route(app, '/async', { GET: (ask) => list(ask, options) }, options);
  route(app, '/async/:id', { GET: status }, options);
  route(app, '/async/:id/result', { GET: result }, options);
  // POST as well: one public SDK sends it.
  route(app, '/async/:id/cancel', { PUT: cancel, POST: cancel }, options);
}

function taskIdOf({ params }: Ask): TaskId {
  const { id = '' } = params;
  if (!isUuid(id)) throw apiError(1000, [id]);
  return taskId(id.toLowerCase());
}

async function list(ask: Ask, { exchange, zone }: ServerOptions): Promise<Answer> {
  const query = parseQuery(ask.query);
  const wanted = taskQueryOf(query, zone);
  const { tasks, size } = await exchange.list(ask.principal.account, wanted);
  const answer: List<object> = {
    context: context(ask.base),
    meta: listMeta({ url: `${ask.base}/async?${joinedTaskQuery(query)}`, type: 'async', size }, wanted),
    rows: tasks.map((task) => taskRecord(task, ask, zone)),
  };
  return ok(answer);
}
