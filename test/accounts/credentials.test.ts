import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Accounts } from '../../src/accounts/accounts.ts';
import { hashPassword, matchesPassword, PASSWORD_COST, unmatched } from '../../src/accounts/passwords.ts';
import { engines } from '../support/engines.ts';
import { administrator, arrange } from './arrange.ts';

const ATTEMPTS_MAX = 10;

async function guessWrong(accounts: Accounts, login: string, times: number): Promise<string[]> {
  const outcomes = await Promise.all(
    Array.from({ length: times }, (_, index) => accounts.verify(login, `guess ${index}`)),
  );
  return outcomes.map(({ kind }) => kind);
}

for (const engine of engines) {
  describe(`credentials on ${engine.name}`, () => {
    it('are verified for the right password only, of any script', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      const principal = await administrator(accounts, 'склад@demo', 'пароль:ä');
      assert.deepEqual(await accounts.verify('склад@demo', 'пароль:ä'), { kind: 'verified', principal });
      assert.deepEqual(await accounts.verify('склад@demo', 'пароль'), { kind: 'wrong' });
      assert.deepEqual(await accounts.verify('nobody@demo', 'пароль:ä'), { kind: 'wrong' });
    });

    it('are the same whether their letters come composed or not', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      await administrator(accounts, 'andré@demo', 'ä'.normalize('NFC'));
      const verification = await accounts.verify('andré@demo'.normalize('NFD'), 'ä'.normalize('NFD'));
      assert.equal(verification.kind, 'verified');
    });

    it('are refused for a while after too many wrong passwords, and for that login only', async () => {
      await using arranged = await arrange(engine);
      const { accounts, clock } = arranged;
      await administrator(accounts, 'a@demo', 'right');
      await administrator(accounts, 'b@demo', 'right');
      const kinds = await guessWrong(accounts, 'a@demo', ATTEMPTS_MAX + 5);
      assert.equal(kinds.filter((kind) => kind === 'wrong').length, ATTEMPTS_MAX);
      assert.equal(kinds.filter((kind) => kind === 'throttled').length, 5);
      assert.deepEqual(await accounts.verify('a@demo', 'right'), { kind: 'throttled', retryAfterMs: 60_000 });
      assert.equal((await accounts.verify('b@demo', 'right')).kind, 'verified');
      clock.advance(60_000);
      assert.equal((await accounts.verify('a@demo', 'right')).kind, 'verified');
    });

    it('that were verified a moment ago work on while others guess', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      await administrator(accounts, 'a@demo', 'right');
      await accounts.verify('a@demo', 'right');
      await guessWrong(accounts, 'a@demo', ATTEMPTS_MAX);
      assert.equal((await accounts.verify('a@demo', 'right')).kind, 'verified');
      assert.equal((await accounts.verify('a@demo', 'other')).kind, 'throttled');
    });

    it('begin anew after the right password', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      await administrator(accounts, 'a@demo', 'right');
      await guessWrong(accounts, 'a@demo', ATTEMPTS_MAX - 1);
      await accounts.verify('a@demo', 'right');
      assert.deepEqual(new Set(await guessWrong(accounts, 'a@demo', ATTEMPTS_MAX)), new Set(['wrong']));
    });

    it('are remembered without asking the database, for a short time', async () => {
      await using arranged = await arrange(engine);
      const { accounts, clock, database } = arranged;
      await administrator(accounts, 'a@demo', 'right');
      await accounts.verify('a@demo', 'right');
      await database.write((tx) => tx.run('delete from login'));
      assert.equal((await accounts.verify('a@demo', 'right')).kind, 'verified');
      clock.advance(60_000);
      assert.equal((await accounts.verify('a@demo', 'right')).kind, 'wrong');
    });
  });
}

describe('a stored password', () => {
  it('matches its password and no other', async () => {
    const stored = await hashPassword('correct horse', PASSWORD_COST);
    assert.match(stored, /^scrypt:16384:8:5:/);
    assert.equal(await matchesPassword('correct horse', stored), true);
    assert.equal(await matchesPassword('correct Horse', stored), false);
    assert.notEqual(await hashPassword('correct horse', PASSWORD_COST), stored);
  });

  it('keeps matching when the cost of new ones changes', async () => {
    // scrypt of "old" with N 1024, r 8, p 1 and 16 zero bytes of salt, computed by OpenSSL.
    const stored = 'scrypt:1024:8:1:AAAAAAAAAAAAAAAAAAAAAA==:I3pHC5g7H1CZ949mBRMmtv7VEB5bH5S4Jo4MQ8eOUm8=';
    assert.equal(await matchesPassword('old', stored), true);
  });

  it('of nobody costs as much as any other', async () => {
    assert.deepEqual(
      unmatched(PASSWORD_COST).split(':').slice(0, 4),
      (await hashPassword('x', PASSWORD_COST)).split(':').slice(0, 4),
    );
    assert.equal(await matchesPassword('', unmatched(PASSWORD_COST)), false);
  });
});
