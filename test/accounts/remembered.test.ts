import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Remembered } from '../../src/accounts/remembered.ts';
import { TurnedClock } from '../support/turned-clock.ts';

describe('a bounded memory', () => {
  it('forgets after its time', () => {
    const clock = new TurnedClock();
    const memory = new Remembered<number>({ maxEntries: 2, lifetimeMs: 100 }, clock);
    memory.set('a', 1);
    clock.advance(99);
    assert.equal(memory.get('a'), 1);
    assert.equal(memory.msLeft('a'), 1);
    clock.advance(1);
    assert.equal(memory.get('a'), undefined);
    assert.equal(memory.msLeft('a'), 0);
  });

  it('lets the oldest go when it is full', () => {
    const memory = new Remembered<number>({ maxEntries: 2, lifetimeMs: 100 }, new TurnedClock());
    memory.set('a', 1);
    memory.set('b', 2);
    memory.set('a', 3);
    memory.set('c', 4);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => memory.get(key)),
      [3, undefined, 4],
    );
  });

  it('keeps the end of what is changed', () => {
    const clock = new TurnedClock();
    const memory = new Remembered<number>({ maxEntries: 2, lifetimeMs: 100 }, clock);
    memory.update('a', (count = 0) => count + 1);
    clock.advance(60);
    assert.equal(
      memory.update('a', (count = 0) => count + 1),
      2,
    );
    clock.advance(40);
    assert.equal(
      memory.update('a', (count = 0) => count + 1),
      1,
    );
  });
});
