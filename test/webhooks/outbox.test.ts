import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { accountKey, randomIds } from '../../src/platform/ids.ts';
import { webhooksMigrations } from '../../src/webhooks/index.ts';
import { WEBHOOKS_CHANNEL, webhookEvents } from '../../src/webhooks/outbox.ts';
import { engines } from '../support/engines.ts';
import { arrange, base, deliveryLog, happen, manager, processed } from './arrange.ts';

const rooms = [webhooksMigrations];
const url = 'https://hook.example/';
const subscription = { entityType: 'async', action: 'PROCESSED', url };

for (const engine of engines) {
  describe(`the webhooks' outbox on ${engine.name}`, () => {
    it('keeps an event only if its transaction commits', async () => {
      await using opened = await engine.open(rooms);
      const hooks = arrange(opened.database);
      await hooks.subscriptions.create(manager, subscription, base);
      const failing = opened.database.write(async (tx) => {
        await hooks.events.record(tx, [processed(1)]);
        throw new Error('rolled back');
      });
      await assert.rejects(failing, /rolled back/);
      await happen(opened.database, hooks, processed(2));
      const log = await deliveryLog(opened.database);
      assert.deepEqual(
        log.map(({ number, state, events }) => [number, state, JSON.parse(events)[0].meta.href]),
        [[1, 'PENDING', `${base}/async/${processed(2).id}`]],
      );
    });

    it('writes nothing and wakes nobody where nobody has subscribed', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      const hooks = arrange(database);
      await hooks.subscriptions.create(manager, subscription, base);
      let wakes = 0;
      using _forget = { [Symbol.dispose]: database.listen(WEBHOOKS_CHANNEL, () => wakes++) };
      wakes = 0;
      await happen(
        database,
        hooks,
        processed(1, { action: 'UPDATE' }),
        processed(2, { entityType: 'product', action: 'CREATE' }),
        processed(3, { account: accountKey(2) }),
      );
      assert.deepEqual(await deliveryLog(database), []);
      assert.deepEqual(await deliveryLog(database, 2), []);
      if (engine.name === 'sqlite') assert.equal(wakes, 0);
      await happen(database, hooks, processed(4));
      assert.equal((await deliveryLog(database)).length, 1);
    });

    it('makes one call per task, and one of up to a hundred events of anything else', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      const hooks = arrange(database);
      const { id } = await hooks.subscriptions.create(manager, subscription, base);
      await happen(database, hooks, processed(1), processed(2));
      // Products cannot be subscribed yet; the tables and the outbox carry them already.
      await database.write((tx) =>
        tx.run(`update webhook set entity_type = 'product', action = 'UPDATE' where id = $1`, [id]),
      );
      const events = Array.from({ length: 250 }, (_, index) =>
        processed(index, { entityType: 'product', action: 'UPDATE' }),
      );
      await happen(database, hooks, ...events);
      const calls = (await deliveryLog(database)).map((each) => JSON.parse(each.events));
      assert.deepEqual(
        calls.map((sent) => sent.length),
        [1, 1, 100, 100, 50],
      );
      assert.deepEqual(calls[4][49], {
        meta: { type: 'product', href: `${base}/entity/product/${processed(249).id}` },
        action: 'UPDATE',
        accountId: manager.accountId,
      });
    });

    it('numbers deliveries without a gap and gives each an id of its own, also when events race', async () => {
      await using opened = await engine.open(rooms);
      const hooks = arrange(opened.database);
      await hooks.subscriptions.create(manager, subscription, base);
      await hooks.subscriptions.create(manager, { ...subscription, url: 'https://other.example/' }, base);
      const events = Array.from({ length: 20 }, (_, index) => processed(index));
      await Promise.all(events.map((event) => happen(opened.database, hooks, event)));
      const log = await deliveryLog(opened.database);
      const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
      assert.deepEqual(
        log.map(({ number }) => number),
        [...numbers, ...numbers],
      );
      assert.equal(new Set(log.map(({ id }) => id)).size, 40);
    });

    it('logs as skipped what finds too many waiting, and forgets the oldest that are settled', async () => {
      await using opened = await engine.open(rooms);
      const { database } = opened;
      const hooks = arrange(database);
      await hooks.subscriptions.create(manager, subscription, base);
      const limits = { pending: 3, log: 100 };
      const events = webhookEvents({ ids: randomIds, clock: systemClock(), limits });
      for (let number = 1; number <= 250; number++)
        await database.write((tx) => events.record(tx, [processed(number)]));
      const log = await deliveryLog(database);
      const waiting = log.filter(({ state }) => state === 'PENDING').map(({ number }) => number);
      const skipped = log.filter(({ state }) => state === 'SKIPPED');
      assert.deepEqual(waiting, [1, 2, 3]);
      // Trimmed last when the 200th came: 101 to 250 are left, and what waits.
      assert.deepEqual([skipped[0]?.number, skipped.at(-1)?.number, skipped.length], [101, 250, 150]);
      assert.equal(skipped[0]?.reason, '3 deliveries were waiting already');
    });
  });
}
