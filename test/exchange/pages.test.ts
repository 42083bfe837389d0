import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { createToy, finished, type OpenedExchange, openSite } from '../support/exchanges.ts';
import { requestOf } from '../support/queues.ts';
import { toyAnswer } from '../support/toy-source.ts';

const NEVER = new AbortController().signal;

async function pageOf({ exchange }: OpenedExchange, query: string, limit = 1000, offset = 0, signal = NEVER) {
  const outcome = await exchange.page(requestOf(1, query), { limit, offset }, signal);
  return outcome.kind === 'page' ? JSON.parse(Buffer.from(outcome.body).toString()) : outcome;
}

/** Pages touch no table: one engine is enough. */
const sqlite = engines.find(({ name }) => name === 'sqlite')!;

describe('pages', () => {
  it('are windows of the same rows, and need no worker', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange({ limits: { workers: 0 } });
    const { rows } = toyAnswer(2_500);
    assert.deepEqual((await pageOf(one, 'rows=2500', 1000, 1000)).rows, rows.slice(1000, 2000));
    assert.deepEqual((await pageOf(one, 'rows=2500', 1000, 2000)).rows, rows.slice(2000));
    assert.deepEqual(await pageOf(one, 'rows=2500', 1000, 5000), { meta: { size: 2500 }, rows: [] });
  });

  it('answer a wrong request as their source does, and a failure with its cause', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange();
    assert.deepEqual(await pageOf(one, 'do=refuse'), {
      kind: 'refused',
      status: 403,
      errors: [{ code: 1016, error: 'no right to this report' }],
    });
    const failed = await pageOf(one, 'do=throw');
    assert.equal(failed.kind, 'failed');
    assert.match(String(failed.cause), /told to throw/);
  });

  it('do not wait for an export', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange();
    const id = await createToy(one, 1, 'rows=5&hold=half');
    const arrival = await site.control.arrival();
    assert.deepEqual(await pageOf(one, 'rows=5'), toyAnswer(5));
    arrival.tell('go');
    assert.equal((await finished(one, 1, id)).state, 'DONE');
  });

  it('survive the death of their process', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange();
    assert.equal((await pageOf(one, 'do=exit')).kind, 'failed');
    assert.deepEqual(await pageOf(one, 'rows=1'), toyAnswer(1));
    assert.equal(one.witness.all('worker.exited', { duty: 'pages', code: 3 }).length, 1);
  });

  it('are refused when too many wait, in order of arrival otherwise', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange({ limits: { maxWaitingPages: 2 } });
    const first = pageOf(one, 'rows=1&hold=half');
    const arrival = await site.control.arrival();
    const [second, third] = [pageOf(one, 'rows=2'), pageOf(one, 'rows=3')];
    assert.deepEqual(await pageOf(one, 'rows=4'), { kind: 'busy', retryAfterMs: 1_000 });
    arrival.tell('go');
    assert.deepEqual(await Promise.all([first, second, third]), [1, 2, 3].map(toyAnswer));
    assert.deepEqual(await pageOf(one, 'rows=4'), toyAnswer(4));
  });

  it('take a bounded time, whatever their process does', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange({ limits: { pageLimitMs: 1_000 } });
    // Warm: the start of the process is not the page's time.
    await one.witness.saw('worker.started', { duty: 'pages' });
    const slow = pageOf(one, 'rows=1&hold=half');
    (await site.control.arrival()).tell('spin');
    assert.equal((await slow).kind, 'busy');
    await one.witness.saw('worker.started', { duty: 'pages' }, 2);
    assert.deepEqual(await pageOf(one, 'rows=1'), toyAnswer(1));
  });

  it('are given up when their client goes, waiting or under way', async () => {
    await using site = await openSite(sqlite);
    const one = await site.exchange();
    const [gone, alsoGone] = [new AbortController(), new AbortController()];
    const first = pageOf(one, 'rows=1&hold=half', 10, 0, gone.signal);
    await site.control.arrival();
    const second = pageOf(one, 'do=exit', 10, 0, alsoGone.signal);
    alsoGone.abort();
    gone.abort();
    await Promise.all([first, second]);
    assert.deepEqual(await pageOf(one, 'rows=1'), toyAnswer(1));
    assert.equal(one.witness.all('worker.exited').length, 0);
  });
});
