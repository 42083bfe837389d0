/** Packs the package, installs it in an empty folder, starts it there and walks the exchange once. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'waybill-packed-'));
const node = process.execPath;
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

run(node, ['bin/package.ts'], root);
const [packed] = JSON.parse(run('npm', ['pack', './dist', '--json', '--pack-destination', folder], root));
writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
run('npm', ['install', '--no-audit', '--no-fund', `./${packed.filename}`], folder);

const server = spawn(
  node,
  ['node_modules/waybill/bin/waybill.js', 'serve', '--port', '0', '--data', 'data'],
  {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const lines = createInterface({ input: server.stdout });
  const ready = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    server.once('exit', (code) => reject(new Error(`the packed server ended with ${code}`)));
  });
  const { url } = JSON.parse(ready);
  const { token } = JSON.parse(readFileSync(join(folder, 'data/first-run.json'), 'utf8'));
  const headers = { authorization: `Bearer ${token}` };
  const created = await fetch(`${url}/report/stock/bystore?async=true`, { headers });
  if (created.status !== 202) throw new Error(`creation answered ${created.status}`);
  const status = created.headers.get('content-location');
  const deadline = performance.now() + 60_000;
  for (let task = {}; task.state !== 'DONE'; ) {
    if (performance.now() > deadline) throw new Error(`the task is ${task.state} after a minute`);
    task = await (await fetch(status, { headers })).json();
  }
  const report = await (await fetch(created.headers.get('location'), { headers })).json();
  if (report.rows.length !== report.meta.size || report.rows.length === 0)
    throw new Error('the report is not whole');
  console.log(`the packed package built ${report.rows.length} rows`);
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  if (server.exitCode === null && server.kill('SIGTERM')) console.log(`it ended with ${await ended}`);
  rmSync(folder, { recursive: true, force: true });
}
