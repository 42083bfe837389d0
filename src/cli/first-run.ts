/** What the first start of an empty store makes: a demo account that shows something, and the file that names it. */
import type { Database } from '../database/database.ts';
import { systemClock } from '../platform/clock.ts';
import { type DataFolder, type FirstRun, writeFirstRun } from '../platform/data-folder.ts';
import { makeDemoData } from '../warehouse/import/demo.ts';
import type { DemoSize } from '../warehouse/import/demo-drafts.ts';
import { accountsOf, createAccountWithBooks, makePassword } from './accounts.ts';

const DEMO_LOGIN = 'admin@demo';

export interface DemoAccount {
  readonly database: Database;
  readonly folder: DataFolder;
  readonly zone: string;
  /** The address written into `first-run.json`; a start corrects it. */
  readonly url: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Makes the demo account when the store has no account at all; undefined when it has one. */
export async function makeDemoAccount(job: DemoAccount, size: DemoSize): Promise<FirstRun | undefined> {
  const accounts = accountsOf(job.database);
  if ((await accounts.list()).length > 0) return undefined;
  const password = makePassword();
  const outcome = await createAccountWithBooks(accounts, 'Demo', DEMO_LOGIN, password);
  // Another process that started on the same database was quicker.
  if (outcome.kind === 'taken') return undefined;
  const { administrator } = outcome;
  const token = await accounts.issueToken(administrator);
  const firstRun = { url: job.url, login: DEMO_LOGIN, password, token, accountId: administrator.accountId };
  // Before the data: whoever interrupts a large demo still has the account's credentials.
  writeFirstRun(job.folder, firstRun);
  await makeDemoData(
    {
      database: job.database,
      account: administrator.account,
      now: systemClock().now(),
      zone: job.zone,
      signal: job.signal,
      ...(job.onProgress && { onProgress: job.onProgress }),
    },
    size,
  );
  return firstRun;
}
