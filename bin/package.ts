/**
 * Makes the npm package in `dist/`: compiled sources, the entry, and a package.json of its own without the pinned
 * runtime and without scripts. `npm pack ./dist` then packs it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', 'bin/waybill.js']) {
  cpSync(join(root, file), join(dist, file), { recursive: true });
}
const { name, version, description, license, type, bin, dependencies } = manifest;
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ name, version, description, license, type, bin, engines: { node: '>=24' }, dependencies }, null, 2)}\n`,
);
