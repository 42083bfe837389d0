import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { accountKey, type TaskId } from '../../src/platform/ids.ts';
import { engines } from '../support/engines.ts';
import { createToy, finished, type OpenedExchange, openSite } from '../support/exchanges.ts';
import { toyAnswer } from '../support/toy-source.ts';

const A = accountKey(1);
const LINK_BASE = 'https://stock.example/wb';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

async function linkOf({ exchange }: OpenedExchange, id: TaskId): Promise<{ link: URL; expiresAt: number }> {
  const outcome = await exchange.result(A, id, LINK_BASE);
  if (outcome.kind !== 'link') throw new Error(`no link: ${outcome.kind}`);
  return { link: new URL(outcome.link), expiresAt: outcome.expiresAt };
}

function follow({ exchange }: OpenedExchange, link: URL, headers: Record<string, string> = {}) {
  // As it arrives behind a proxy that takes the prefix away.
  const path = link.pathname.replace(/^\/wb/, '');
  return exchange.download({ method: 'GET', path, query: link.search.slice(1), headers });
}

async function statusOf(one: OpenedExchange, link: URL): Promise<number> {
  const { status, body } = await follow(one, link);
  body?.destroy();
  return status;
}

const changed = (link: URL, change: (copy: URL) => void): URL => {
  const copy = new URL(link);
  change(copy);
  return copy;
};

for (const engine of engines) {
  describe(`links on ${engine.name}`, () => {
    it('are good for five minutes, and not with any byte changed', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=5');
      await finished(one, 1, id);
      const { link, expiresAt } = await linkOf(one, id);
      assert.match(
        link.href,
        new RegExp(
          `^https://stock\\.example/wb/results/${id}-1\\?temp_url_sig=[0-9a-f]{64}&temp_url_expires=\\d+&filename=asynctask_${id}_result\\.json$`,
        ),
      );
      assert.equal(Number(link.searchParams.get('temp_url_expires')) * 1000, expiresAt);
      const signature = link.searchParams.get('temp_url_sig')!;
      const other = `${signature.startsWith('0') ? '1' : '0'}${signature.slice(1)}`;
      const changes: ((copy: URL) => void)[] = [
        (copy) => copy.searchParams.set('temp_url_sig', other),
        (copy) => copy.searchParams.set('temp_url_expires', String(expiresAt / 1000 + 1)),
        (copy) => copy.searchParams.delete('temp_url_expires'),
        (copy) => copy.searchParams.delete('temp_url_sig'),
        (copy) => {
          copy.pathname = copy.pathname.replace(/-1$/, '-2');
        },
      ];
      for (const change of changes) assert.equal(await statusOf(one, changed(link, change)), 401);
      one.clock.advance(SECOND);
      assert.equal(await statusOf(one, link), 200);
      one.clock.advance(4 * MINUTE + 58 * SECOND);
      assert.equal(await statusOf(one, link), 200);
      one.clock.advance(2 * SECOND);
      assert.equal(await statusOf(one, link), 401);
    });

    it('are made afresh, and end with the result at the latest', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=5');
      const task = await finished(one, 1, id);
      assert.ok(task.state === 'DONE');
      const first = await linkOf(one, id);
      one.clock.advance(6 * MINUTE);
      const second = await linkOf(one, id);
      assert.equal(await statusOf(one, first.link), 401);
      assert.equal(await statusOf(one, second.link), 200);
      one.clock.advance(53 * MINUTE);
      const last = await linkOf(one, id);
      assert.ok(last.expiresAt <= task.result.deletionAt);
      const begun = await follow(one, last.link);
      one.clock.advance(MINUTE);
      assert.deepEqual(await one.exchange.result(A, id, LINK_BASE), { kind: 'deleted' });
      assert.equal(await statusOf(one, last.link), 401);
      await one.exchange.sweep();
      assert.deepEqual(await site.files(), []);
      assert.deepEqual(JSON.parse((await buffer(begun.body!)).toString()), toyAnswer(5));
    });

    it('give plain bytes or gzip, and nothing once the file is gone', async () => {
      await using site = await openSite(engine);
      const one = await site.exchange();
      const id = await createToy(one, 1, 'rows=5');
      await finished(one, 1, id);
      const { link } = await linkOf(one, id);
      const plain = await follow(one, link);
      assert.deepEqual(JSON.parse((await buffer(plain.body!)).toString()), toyAnswer(5));
      const zipped = await follow(one, link, { 'accept-encoding': 'gzip' });
      assert.equal(zipped.headers['Content-Encoding'], 'gzip');
      assert.deepEqual(JSON.parse(gunzipSync(await buffer(zipped.body!)).toString()), toyAnswer(5));
      await site.results.delete(`${id}-1`);
      assert.equal(await statusOf(one, link), 404);
    });
  });
}
