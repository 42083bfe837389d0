/**
 * Three times: starts a part of the suite, kills its runner as kill -9 would, starts it again. After the last, whole
 * run no process of the killed ones may live.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const MARK = 'WAYBILL_CI_KILLED=1';
const [name, value] = MARK.split('=');
const environment = { ...process.env, [name]: value };
const part = ['test/run.ts', 'test/database/database.test.ts'];

/** Processes that carry the mark in their environment. */
function survivors() {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(MARK);
      } catch {
        return false; // It ended meanwhile.
      }
    });
}

for (let round = 1; round <= 3; round++) {
  const run = spawn(process.execPath, part, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(run.stdout, 'data'); // The first result: database and test processes are up.
  run.kill('SIGKILL');
  await once(run, 'exit');
  console.log(`round ${round}: killed, ${survivors().length} processes left for the next start to end`);
}
const whole = spawnSync(process.execPath, part, { cwd: root, env: environment, encoding: 'utf8' });
const left = survivors();
if (whole.status !== 0)
  throw new Error(`the run after three kills ended with ${whole.status}\n${whole.stdout}`);
if (left.length > 0) throw new Error(`processes of killed runs live: ${left.join(', ')}`);
console.log('the run after three kills passed, and no process of theirs lives');
