import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { end, isRunning, postmasterOf, removeLeftovers } from './leftovers.ts';

/** A run that starts a cluster and a process of its own, and then waits to be killed. */
const PROGRAM = `
  import { spawn } from 'node:child_process';
  import { startCluster } from '${new URL('./postgres.ts', import.meta.url).href}';
  const { folder } = await startCluster();
  const other = spawn(process.execPath, ['--eval', 'require("node:net").createServer().listen(0)'], { stdio: 'ignore' });
  process.send({ folder, other: other.pid });
  process.on('message', () => {});
`;

interface Run {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly other: number;
}

async function startRun(): Promise<Run> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [Omit<Run, 'child'>];
  return { child, ...message };
}

async function kill({ child }: Run): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a test run', () => {
  it('leaves nothing behind after the next start, though it was killed three times', async () => {
    const living = await startRun();
    try {
      const killed: Run[] = [];
      for (let time = 0; time < 3; time++) {
        const run = await startRun();
        // The start of this run has removed what the one before it left.
        const before = killed.at(-1);
        if (before !== undefined) assert.equal(existsSync(before.folder), false);
        assert.notEqual(postmasterOf(`${run.folder}/data`), undefined);
        await kill(run);
        assert.ok(isRunning(run.other));
        killed.push(run);
      }
      await removeLeftovers();
      for (const { folder, other } of killed) {
        assert.equal(existsSync(folder), false);
        if (process.platform === 'linux') assert.equal(isRunning(other), false);
        else await end(other);
      }
      assert.notEqual(postmasterOf(`${living.folder}/data`), undefined, 'a run that lives keeps its cluster');
      assert.ok(isRunning(living.other));
    } finally {
      await kill(living);
      await removeLeftovers();
    }
  });
});
