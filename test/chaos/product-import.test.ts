/** 50,000 order lines go in by the real command while the server works on (contract: O-14). */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { engines } from '../support/engines.ts';
import { importBeside } from './product-import.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-orders-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('an import beside a server that builds, posts and answers', () => {
  for (const engine of engines) {
    it(`disturbs nobody in ${engine.name}`, async () => {
      // Rejected lines are written beside the file.
      const file = join(folder, `${engine.name}.csv.gz`);
      copyFileSync(join(import.meta.dirname, '../data/online-retail-50000.csv.gz'), file);
      const { reports, documents, pages, lines } = await importBeside(engine, file);
      assert.equal(lines, 50_000);
      assert.ok(reports > 0 && documents > 0 && pages > 0, `${reports}, ${documents}, ${pages}`);
    });
  }
});
