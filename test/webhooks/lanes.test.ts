import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import { webhooksMigrations } from '../../src/webhooks/index.ts';
import { claimLanes, releaseLane, saveAttempt, takeNext } from '../../src/webhooks/lanes.ts';
import { engines } from '../support/engines.ts';
import { type Arranged, arrange, base, happen, manager, processed } from './arrange.ts';
import { startReceiver } from './receiver.ts';

const rooms = [webhooksMigrations];
const attempt = { moment: 0, ms: 1, status: 500 };

/** Webhooks of these names, each with `deliveries` waiting; their ids by name. */
async function waiting(hooks: Arranged, database: Database, names: readonly string[], deliveries = 1) {
  const ids = new Map<string, string>();
  for (const name of names) {
    const body = { entityType: 'async', action: 'PROCESSED', url: `http://${name}.example/` };
    ids.set((await hooks.subscriptions.create(manager, body, base)).id, name);
  }
  for (let number = 1; number <= deliveries; number++) await happen(database, hooks, processed(number));
  return ids;
}

for (const engine of engines) {
  describe(`webhook lanes on ${engine.name}`, () => {
    const claim = (database: Database, now: number, changes: object = {}) =>
      database.write((tx) =>
        claimLanes(tx, database.skipLockedText, {
          now,
          leaseUntil: now + 100,
          places: 10,
          failingPlaces: 10,
          held: new Set(),
          ...changes,
        }),
      );

    it('are claimed least recently served first', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      await waiting(arrange(database), database, ['a', 'b', 'c']);
      const order: unknown[] = [];
      for (const now of [1, 2, 3, 4, 5, 6]) {
        const lanes = await claim(database, now, { places: 1, leaseUntil: now });
        order.push(...lanes.map(({ webhook }) => webhook));
      }
      assert.equal(new Set(order.slice(0, 3)).size, 3);
      assert.deepEqual(order.slice(3), order.slice(0, 3));
    });

    it('are held by one at a time until they are given back', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      await waiting(arrange(database), database, ['a', 'b', 'c']);
      const [lane] = await claim(database, 1, { places: 1 });
      assert.ok(lane);
      assert.equal((await claim(database, 1)).length, 2);
      assert.deepEqual(await claim(database, 1), []);
      await database.write((tx) => releaseLane(tx, lane));
      assert.deepEqual(await claim(database, 1), [{ ...lane, claim: lane.claim + 1 }]);
    });

    it('leave places to healthy webhooks when others fail', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      const ids = await waiting(arrange(database), database, ['a', 'b', 'c', 'd'], 2);
      const isBad = (webhook: string): boolean => ['a', 'b', 'c'].includes(ids.get(webhook) ?? '');
      for (const lane of await claim(database, 1)) {
        if (!isBad(lane.webhook)) continue;
        await database.write(async (tx) => {
          const next = await takeNext(tx, lane, 101);
          assert.ok(next.kind === 'due');
          assert.ok(await saveAttempt(tx, lane, next.delivery, attempt, 'DROPPED'));
        });
      }
      const lanes = await claim(database, 200, { places: 3, failingPlaces: 1 });
      assert.deepEqual(
        lanes.map(({ isFailing, webhook }) => [isFailing, isBad(webhook)]),
        [
          [false, false],
          [true, true],
        ],
      );
      assert.equal((await claim(database, 200, { places: 1 })).length, 1);
    });

    it('that this process serves are not claimed again, even when their lease has run out', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      await waiting(arrange(database), database, ['a']);
      const [lane] = await claim(database, 1);
      assert.ok(lane);
      assert.deepEqual(await claim(database, 1_000, { held: new Set([lane.webhook]) }), []);
      assert.equal((await claim(database, 1_000)).length, 1);
    });

    it('are given up after a turn, but not between the attempts of a delivery', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      await using receiver = await startReceiver((response, number) => {
        response.writeHead(number < 3 ? 500 : 200).end();
      });
      let now = 0;
      // Every look at the clock is longer than a turn.
      const hooks = arrange(database, { allow: [receiver.host], steady: { now: () => (now += 3_000) } });
      await hooks.subscriptions.create(
        manager,
        { entityType: 'async', action: 'PROCESSED', url: receiver.origin },
        base,
      );
      await happen(database, hooks, processed(1), processed(2), processed(3));
      await hooks.deliverer.start();
      await hooks.heard.until('webhook.delivered', 3);
      await hooks.deliverer.stop();
      assert.equal(receiver.calls.length, 5);
      const lane = await database.read((queries) =>
        queries.one(`select claim, pending, settled from webhook`),
      );
      assert.deepEqual(lane, { claim: 3, pending: 0, settled: 3 });
    });
  });
}
