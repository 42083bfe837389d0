import { databaseSuite } from '../suites/database.ts';
import { engines } from '../support/engines.ts';

for (const engine of engines) databaseSuite(engine);
