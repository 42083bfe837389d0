/** Contract: How it is run, `--keep-alive`: connections that idle for real, as long as clients let them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openDoor } from '../support/door.ts';
import { engines } from '../support/engines.ts';

/** Seconds between two requests on one socket, for each socket. */
const IDLE_SECONDS = [6, 30, 59];

describe('a connection that idles', () => {
  it('is reused without a reset, for up to a minute', async () => {
    const [sqlite] = engines;
    if (sqlite === undefined) throw new Error('no engine');
    await using door = await openDoor(sqlite);
    const { token } = await door.caller();
    const idleAndAsk = async (seconds: number): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = async (): Promise<boolean> => {
        const outgoing = request(`${door.base}/async`, {
          agent,
          headers: { Authorization: `Bearer ${token}` },
        });
        outgoing.end();
        const [incoming] = await once(outgoing, 'response');
        await once(incoming.resume(), 'end');
        assert.equal(incoming.statusCode, 200);
        return outgoing.reusedSocket;
      };
      assert.equal(await ask(), false);
      await pause(seconds * 1_000);
      assert.equal(await ask(), true, `after ${seconds} s`);
      agent.destroy();
    };
    await Promise.all(IDLE_SECONDS.map(idleAndAsk));
  });
});
