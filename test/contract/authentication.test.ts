/** Contract: Authentication; Limits, headers on every answer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';
import { basic } from '../support/http.ts';
import { assertRefused } from './refusals.ts';

const ASKED = '/context/employee';

for (const engine of engines) {
  describe(`authentication on ${engine.name}`, () => {
    it('takes Basic and Bearer, whatever the case of their names', async () => {
      await using door = await openDoor(engine);
      const { token, login, principal } = await door.caller();
      for (const authorization of [
        `Bearer ${token}`,
        `bearer  ${token} `,
        basic(login, 'right'),
        basic(login, 'right').replace('Basic', 'BASIC'),
      ]) {
        const reply = await door.anonymous.get(ASKED, { headers: { authorization } });
        assert.deepEqual([reply.status, reply.json().id], [200, principal.id], authorization);
      }
    });

    it('reads UTF-8, and everything after the first colon is the password', async () => {
      await using door = await openDoor(engine);
      await door.caller('склад@demo', 'пароль:ä');
      const reply = await door.anonymous.get(ASKED, {
        headers: { authorization: basic('склад@demo', 'пароль:ä') },
      });
      assert.equal(reply.status, 200);
    });

    it('refuses what is missing, wrong or unreadable, and says so in its headers', async () => {
      await using door = await openDoor(engine);
      const { login } = await door.caller();
      const presented = [
        {},
        { authorization: '' },
        { authorization: 'Bearer 0123456789012345678901234567890123456789' },
        { authorization: basic(login, 'wrong') },
        { authorization: basic('nobody@demo', 'right') },
        { authorization: `Basic ${Buffer.from('no colon').toString('base64')}` },
        { authorization: 'Digest username="x"' },
      ];
      for (const headers of presented) {
        const reply = await door.anonymous.get(ASKED, { headers: headers as Record<string, string> });
        const { error } = assertRefused(reply, 401, 1056);
        assert.equal(reply.headers['x-lognex-auth'], '401001');
        assert.equal(decodeURIComponent(String(reply.headers['x-lognex-auth-message'])), error);
      }
    });

    it('says the reason in Russian where it is asked to, percent-encoded in the header', async () => {
      await using door = await openDoor(engine);
      const reply = await door.anonymous.get(ASKED, { headers: { 'accept-language': 'ru' } });
      const message = String(reply.headers['x-lognex-auth-message']);
      assert.match(message, /^[\x21-\x7e]+$/);
      assert.match(decodeURIComponent(message), /^Ошибка аутентификации/);
    });

    it('makes a token by login and password, and ends the earlier ones', async () => {
      await using door = await openDoor(engine);
      const { login, token: first } = await door.caller();
      const made = await door.anonymous.post('/security/token', {
        headers: { authorization: basic(login, 'right'), 'content-type': 'application/json' },
      });
      assert.equal(made.status, 201);
      const token = String(made.json().access_token);
      assert.match(token, /^[0-9a-f]{40}$/);
      const byFirst = await door.anonymous.get(ASKED, { headers: { authorization: `Bearer ${first}` } });
      assertRefused(byFirst, 401, 1056);
      const bySecond = await door.anonymous.get(ASKED, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(bySecond.status, 200);
    });

    it('makes no token for a token', async () => {
      await using door = await openDoor(engine);
      const { client } = await door.caller();
      assertRefused(await client.post('/security/token'), 401, 1056);
      assert.equal((await client.get(ASKED)).status, 200);
    });

    it('refuses a login with too many wrong passwords for a while', async () => {
      await using door = await openDoor(engine);
      const { login } = await door.caller();
      for (let attempt = 0; attempt < 10; attempt++) {
        const authorization = basic(login, `guess ${attempt}`);
        assertRefused(await door.anonymous.get(ASKED, { headers: { authorization } }), 401, 1056);
      }
      const reply = await door.anonymous.get(ASKED, { headers: { authorization: basic(login, 'right') } });
      assertRefused(reply, 429, 1048);
      assert.match(String(reply.headers['retry-after']), /^[1-9]\d?$/);
      assert.equal(reply.headers['x-lognex-auth'], undefined);
    });
  });
}

describe('every answer', () => {
  it('has the rate headers, as integers', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    await using door = await openDoor(sqlite);
    const { client } = await door.caller();
    const replies = [
      await client.get(ASKED),
      await client.get('/nothing'),
      await client.get('/entity/pro%zzduct'),
      await door.anonymous.get(ASKED),
      await client.get(`/async?filter=${'x'.repeat(9_000)}`),
      await client.get(`/async?filter=${'x'.repeat(70_000)}`),
    ];
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 404, 400, 401, 414, 414],
    );
    for (const { headers, status } of replies) {
      for (const name of [
        'x-ratelimit-limit',
        'x-ratelimit-remaining',
        'x-lognex-retry-timeinterval',
        'x-lognex-reset',
      ]) {
        assert.match(String(headers[name]), /^\d+$/, `${name} of ${status}`);
      }
    }
  });
});
