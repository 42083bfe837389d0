/**
 * Half a million order lines beside a server that works: a file named by WAYBILL_SOAK_RETAIL, or ten times the 50,000
 * of the tests under other invoice numbers (contract: O-14).
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { engines } from '../support/engines.ts';
import { importBeside } from './product-import.ts';

const TIMES = 10;
const folder = mkdtempSync(join(tmpdir(), 'waybill-orders-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the named file, or of the small one again and again: the k-th time each number begins with k. */
function orders(name: string): string {
  const path = join(folder, `${name}.csv.gz`);
  const given = process.env.WAYBILL_SOAK_RETAIL;
  if (given !== undefined) {
    copyFileSync(given, path);
    return path;
  }
  const small = join(import.meta.dirname, '../data/online-retail-50000.csv.gz');
  const [header, ...lines] = gunzipSync(readFileSync(small)).toString('utf8').trimEnd().split('\n');
  const again = Array.from({ length: TIMES }, (_, k) => lines.map((line) => line.replace(/^(C?)/, `$1${k}`)));
  writeFileSync(path, gzipSync(`${[header, ...again.flat()].join('\n')}\n`, { level: 1 }));
  return path;
}

describe('an import of half a million lines beside a server that builds, posts and answers', () => {
  for (const engine of engines) {
    it(`disturbs nobody in ${engine.name}`, async () => {
      console.log(engine.name, await importBeside(engine, orders(engine.name)));
    });
  }
});
