import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { administrator, arrange } from './arrange.ts';

for (const engine of engines) {
  describe(`tokens on ${engine.name}`, () => {
    it('are 40 hex digits that tell who asks', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      const principal = await administrator(accounts, 'admin@one');
      const token = await accounts.issueToken(principal);
      assert.match(token, /^[0-9a-f]{40}$/);
      assert.deepEqual(await accounts.principalOfToken(token), principal);
      assert.equal(await accounts.principalOfToken(token.toUpperCase()), undefined);
      assert.equal(await accounts.principalOfToken(''), undefined);
    });

    it('end at once when the same login gets a new one, and no others do', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      const one = await administrator(accounts, 'admin@one');
      const other = await administrator(accounts, 'admin@other');
      const first = await accounts.issueToken(one);
      const others = await accounts.issueToken(other);
      assert.deepEqual(await accounts.principalOfToken(first), one);
      const second = await accounts.issueToken(one);
      assert.equal(await accounts.principalOfToken(first), undefined);
      assert.deepEqual(await accounts.principalOfToken(second), one);
      assert.deepEqual(await accounts.principalOfToken(others), other);
    });

    it('end within seconds in other processes', async () => {
      await using arranged = await arrange(engine);
      const { accounts, clock } = arranged;
      const elsewhere = await arranged.elsewhere();
      const principal = await administrator(accounts, 'admin@one');
      const token = await accounts.issueToken(principal);
      assert.deepEqual(await elsewhere.principalOfToken(token), principal);
      await accounts.issueToken(principal);
      clock.advance(3_000);
      assert.equal(await elsewhere.principalOfToken(token), undefined);
    });

    it('are not remembered by a look-up that an issue overtook', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      const principal = await administrator(accounts, 'admin@one');
      const token = await accounts.issueToken(principal);
      const overtaken = accounts.principalOfToken(token);
      await accounts.issueToken(principal);
      await overtaken;
      assert.equal(await accounts.principalOfToken(token), undefined);
    });

    it('can be prescribed, for a demo account in CI', async () => {
      await using arranged = await arrange(engine);
      const { accounts } = arranged;
      const principal = await administrator(accounts, 'admin@one');
      const token = 'ab'.repeat(20);
      assert.equal(await accounts.issueToken(principal, token), token);
      assert.deepEqual(await accounts.principalOfToken(token), principal);
    });
  });
}
