/** The change log keeps two days, and always an account's last row: the next sequence and every snapshot stand on it. */
import type { Database } from '../../database/database.ts';
import type { Announce } from '../../platform/announcements.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Service } from '../../platform/service.ts';

/** `changedSince` may go back a day; the second one is for clients that were away. */
const KEEP_MS = 48 * 3_600_000;
const EVERY_MS = 3_600_000;
/** Rows looked at in one transaction, so that writers get their turn. */
const BATCH_ROWS = 5_000;

export interface LedgerRetentionPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly announce: Announce;
}

/** Trims the change log at the start and every hour. */
export function ledgerRetention({ database, clock, announce }: LedgerRetentionPorts): Service {
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let trimming: Promise<void> = Promise.resolve();
  const trim = async (): Promise<void> => {
    try {
      const rows = await trimChanges(database, clock.now() - KEEP_MS, () => isRunning);
      if (rows > 0) announce('changes.trimmed', { rows });
    } catch (error) {
      announce('changes.untrimmed', { error }, 'error');
    }
    if (isRunning) timer = setTimeout(begin, EVERY_MS).unref();
  };
  const begin = (): void => {
    trimming = trim();
  };
  return {
    async start() {
      isRunning = true;
      begin();
    },
    async stop() {
      isRunning = false;
      clearTimeout(timer);
      await trimming;
    },
  };
}

/** Deletes what was logged before `until` (ms), each account's last sequence excepted; the number of rows. */
export async function trimChanges(
  database: Database,
  until: number,
  mayGoOn: () => boolean = () => true,
): Promise<number> {
  const accounts = await database.read((queries) =>
    queries.all<{ id: number }>('select id from account order by id'),
  );
  let rows = 0;
  for (const { id } of accounts) {
    for (let deleted = 1; deleted > 0 && mayGoOn(); rows += deleted) {
      deleted = await trimBatch(database, id, until);
    }
  }
  return rows;
}

/** One step along the primary key from the oldest sequence: what is to go is always at the beginning. */
async function trimBatch(database: Database, account: number, until: number): Promise<number> {
  const due = await database.read((queries) =>
    queries.one<{ sequence: number | null }>(
      `select max(sequence) as sequence
        from (select sequence, stamp from change where account = $1 order by sequence limit ${BATCH_ROWS}) oldest
        where stamp < $2 and sequence < (select max(sequence) from change where account = $1)`,
      [account, until],
    ),
  );
  if (due === undefined || due.sequence === null) return 0;
  const { sequence } = due;
  return database.write((tx) =>
    tx.run('delete from change where account = $1 and sequence <= $2', [account, sequence]),
  );
}
