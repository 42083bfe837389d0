/** From the setting to the store: `file:///var/lib/waybill/results`, or a path. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResultStore } from '../ports.ts';
import { fileResults } from './files.ts';

export { ResultStoreAway, ResultStoreFull } from './failures.ts';

/** Two letters at least: `C:\results` is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** Opens the store that a URL or a path names; throws for a kind of store that there is none of. */
export async function openResults(url: string): Promise<ResultStore> {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return fileResults(resolve(url));
  if (scheme === 'file') return fileResults(fileURLToPath(url));
  throw new Error(`results cannot be kept in ${scheme}: give a folder, as a path or as file:///…`);
}
