/** What every engine promises: the face in `src/database/database.ts`, sentence by sentence. */
import { describe } from 'node:test';
import type { Engine } from '../support/engines.ts';
import { closing } from './database/closing.ts';
import { manyRows } from './database/many-rows.ts';
import { migrations } from './database/migrations.ts';
import { processes } from './database/processes.ts';
import { snapshots } from './database/snapshots.ts';
import { transactions } from './database/transactions.ts';
import { values } from './database/values.ts';
import { wakes } from './database/wakes.ts';

/** Runs all sections for one engine. */
export function databaseSuite(engine: Engine): void {
  describe(`database on ${engine.name}`, () => {
    transactions(engine);
    snapshots(engine);
    manyRows(engine);
    values(engine);
    wakes(engine);
    processes(engine);
    migrations(engine);
    closing(engine);
  });
}
