import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressGuard, type Resolve } from '../../src/webhooks/address-guard.ts';
import { attemptCall } from '../../src/webhooks/attempt.ts';
import type { Outcome } from '../../src/webhooks/delivery.ts';
import { type Answer, answering, startReceiver } from './receiver.ts';

const nobody: Resolve = async () => {
  throw new Error('queryA ENOTFOUND');
};

/** Calls `url` where one host is allowed. */
function call(
  url: string,
  host: string,
  changes: { timeoutMs?: number; resolve?: Resolve } = {},
): Promise<Outcome> {
  const { timeoutMs = 60_000, resolve = nobody } = changes;
  const [name, port] = host.split(':');
  const allow = [{ host: name ?? '', port: Number(port) }];
  const guard = addressGuard({ allow, resolvePublic: resolve, resolveAllowed: resolve });
  return attemptCall({ url, requestId: 'R', body: '{}' }, { guard, userAgent: 'Waybill/0', timeoutMs });
}

describe('one attempt', () => {
  const URLS: readonly (readonly [stored: string, called: string])[] = [
    ['', '/?requestId=R'],
    ['/', '/?requestId=R'],
    ['/?', '/?requestId=R'],
    ['/path?a=%20b+c&d', '/path?a=%20b+c&d&requestId=R'],
    ['/path?requestId=mine', '/path?requestId=mine&requestId=R'],
    ['/path#part', '/path?requestId=R'],
    ['/пример', '/%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80?requestId=R'],
  ];
  for (const [stored, called] of URLS) {
    it(`asks ${called} for the url …${stored}`, async () => {
      await using receiver = await startReceiver();
      await call(receiver.origin + stored, receiver.host);
      assert.equal(receiver.calls[0]?.url, called);
    });
  }

  const STATUSES: readonly (readonly [number, Outcome['kind']])[] = [
    [200, 'accepted'],
    [201, 'failed'],
    [202, 'failed'],
    [204, 'accepted'],
    [304, 'failed'],
    [404, 'failed'],
    [503, 'failed'],
  ];
  for (const [status, kind] of STATUSES) {
    it(`is ${kind} with ${status}`, async () => {
      await using receiver = await startReceiver(answering(status));
      assert.deepEqual(await call(receiver.origin, receiver.host), { kind, status });
    });
  }

  it('keeps the head of the answer and does not wait for the rest', async () => {
    const endless: Answer = (response) => response.writeHead(200).write('x'.repeat(5_000));
    await using receiver = await startReceiver(endless);
    assert.deepEqual(await call(receiver.origin, receiver.host), {
      kind: 'accepted',
      status: 200,
      answer: 'x'.repeat(1_000),
    });
  });

  it('counts a status that came in time although the body does not end', async () => {
    const slow: Answer = (response) => response.writeHead(200).write('begun');
    await using receiver = await startReceiver(slow);
    const outcome = await call(receiver.origin, receiver.host, { timeoutMs: 500 });
    assert.deepEqual(outcome, { kind: 'accepted', status: 200, answer: 'begun' });
  });

  it('sends the credentials of the url as Basic', async () => {
    await using receiver = await startReceiver();
    await call(`http://user:p%40ss@${receiver.host}/`, receiver.host);
    const sent = receiver.calls[0]?.headers.authorization;
    assert.equal(sent, `Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });

  it('dials the address that the guard let through, under the name of the url', async () => {
    await using receiver = await startReceiver();
    const { port } = new URL(receiver.origin);
    const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const outcome = await call(`http://hook.example:${port}/`, `hook.example:${port}`, { resolve });
    assert.equal(outcome.kind, 'accepted');
    assert.equal(receiver.calls[0]?.headers.host, `hook.example:${port}`);
  });

  it('tries the next address when the first does not answer', async () => {
    await using receiver = await startReceiver();
    const { port } = new URL(receiver.origin);
    const resolve: Resolve = async () => [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const outcome = await call(`http://hook.example:${port}/`, `hook.example:${port}`, { resolve });
    assert.equal(outcome.kind, 'accepted');
  });

  it('connects to nothing that the guard refuses', async () => {
    await using receiver = await startReceiver();
    const { port } = new URL(receiver.origin);
    const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    for (const host of ['hook.example', '127.0.0.1', '[::ffff:127.0.0.1]', '2130706433']) {
      const outcome = await call(`http://${host}:${port}/`, 'other.example:1', { resolve });
      assert.equal(outcome.kind, 'refused', host);
    }
    assert.equal(receiver.calls.length, 0);
  });

  it('fails when the name leads nowhere or is not found in time', async () => {
    assert.deepEqual(await call('http://hook.example/', 'other.example:1'), {
      kind: 'failed',
      error: 'queryA ENOTFOUND',
    });
    const silent: Resolve = () => new Promise(() => {});
    assert.deepEqual(
      await call('http://hook.example/', 'other.example:1', { timeoutMs: 10, resolve: silent }),
      {
        kind: 'failed',
        error: 'no answer within 10 ms',
      },
    );
  });

  it('fails when the receiver does not speak TLS', async () => {
    await using receiver = await startReceiver();
    const outcome = await call(`https://${receiver.host}/`, receiver.host);
    assert.equal(outcome.kind, 'failed');
    assert.equal(receiver.calls.length, 0);
  });
});
