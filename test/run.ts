/**
 * Runs the suite: one PostgreSQL for all files, then `node --test`.
 *
 *     node test/run.ts [--soak] [FILE…]
 *
 * `--soak` adds the long cases (`*.soak.ts`); files restrict the run to themselves.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { POSTGRES_VARIABLE, startCluster } from './support/postgres.ts';

/** Test files at once: each has its own databases, and the machine two cores at least. */
const CONCURRENT_FILES = 2;
/** A test that waits for something that never comes fails after so long, in ms; the long cases take their time. */
const TIMEOUT_MS = 120_000;
const SOAK_TIMEOUT_MS = 3_600_000;

const { values, positionals } = parseArgs({
  options: { soak: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const patterns = values.soak ? ['test/**/*.test.ts', 'test/**/*.soak.ts'] : ['test/**/*.test.ts'];
const files = positionals.length > 0 ? positionals : globSync(patterns).sort();

const cluster = await startCluster();
let status = 1;
try {
  status = await runTests(files);
} finally {
  await cluster.stop();
}
process.exitCode = status;

async function runTests(testFiles: readonly string[]): Promise<number> {
  const timeoutMs = values.soak ? SOAK_TIMEOUT_MS : TIMEOUT_MS;
  const limits = [`--test-concurrency=${CONCURRENT_FILES}`, `--test-timeout=${timeoutMs}`];
  const options = ['--test', ...limits, '--test-reporter=spec'];
  const runner = spawn(process.execPath, [...options, ...testFiles], {
    stdio: 'inherit',
    env: { ...process.env, [POSTGRES_VARIABLE]: cluster.url },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
  const [code, signal] = (await once(runner, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal !== null) console.error(`the test runner ended by ${signal}`);
  return code ?? 1;
}
