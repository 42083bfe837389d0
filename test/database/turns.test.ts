import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatabaseBusy, DatabaseClosed } from '../../src/database/database.ts';
import { Turns } from '../../src/database/turns.ts';

/** Pieces of work that end when they are told to, and the order in which they began. */
function arrange(turns: Turns): {
  begun: string[];
  start(name: string): Promise<void>;
  end(name: string): Promise<void>;
} {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const taken = new Map<string, Promise<void>>();
  return {
    begun,
    start(name) {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.set(name, resolve);
      const turn = turns.take(() => {
        begun.push(name);
        return promise;
      });
      taken.set(name, turn);
      return turn;
    },
    async end(name) {
      ends.get(name)!();
      await taken.get(name);
    },
  };
}

describe('turns', () => {
  it('run so many at once, and the rest in the order in which they came', async () => {
    const { begun, start, end } = arrange(new Turns('a test', 2, 10));
    for (const name of ['a', 'b', 'c', 'd']) void start(name);
    assert.deepEqual(begun, ['a', 'b']);
    await end('b');
    void start('e');
    assert.deepEqual(begun, ['a', 'b', 'c']);
    await end('a');
    await end('c');
    assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e']);
  });

  it('refuse whoever would wait beyond the bound', async () => {
    const { begun, start, end } = arrange(new Turns('a test', 1, 1));
    void start('a');
    void start('b');
    await assert.rejects(start('c'), DatabaseBusy);
    await end('a');
    await end('b');
    assert.deepEqual(begun, ['a', 'b']);
  });

  it('pass on after a failure', async () => {
    const turns = new Turns('a test', 1, 1);
    const failing = turns.take(async () => {
      throw new Error('no');
    });
    const next = turns.take(async () => 'next');
    await assert.rejects(failing, /no/);
    assert.equal(await next, 'next');
    assert.ok(turns.isIdle);
  });

  it('refuse those who wait once closed, and are drained when the running one has ended', async () => {
    const turns = new Turns('a test', 1, 5);
    const { start, end } = arrange(turns);
    const running = start('a');
    const waiting = start('b');
    turns.close(new DatabaseClosed('closed'));
    await assert.rejects(waiting, DatabaseClosed);
    await assert.rejects(start('c'), DatabaseClosed);
    let isDrained = false;
    const drained = turns.drained().then(() => {
      isDrained = true;
    });
    await Promise.resolve();
    assert.equal(isDrained, false);
    await end('a');
    await Promise.all([running, drained]);
  });
});
