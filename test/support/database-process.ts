/**
 * Another process at the same database, for tests of what only several processes can do to each other. Run by itself
 * it is that process; `startDatabaseProcess` starts one.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Database, Role } from '../../src/database/database.ts';
import { migrate, type RoomMigrations } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open.ts';

type Order =
  /** Brings the database to these migrations. */
  | { readonly do: 'migrate'; readonly rooms: readonly RoomMigrations[] }
  /** So many transactions, one after the other, each of the given statements. */
  | { readonly do: 'write'; readonly times: number; readonly statements: readonly string[] }
  /** Opens a write transaction with these statements and keeps it open; answers once it is open. */
  | { readonly do: 'hold'; readonly statements: readonly string[] }
  /** Commits what `hold` opened. */
  | { readonly do: 'release' }
  | { readonly do: 'wake'; readonly channel: string };

export interface DatabaseProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when the order was carried out; rejects with the other process's error. */
  order(order: Order): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly error?: string;
}

/** Starts another process with the database open in `role`. */
export async function startDatabaseProcess(url: string, role: Role): Promise<DatabaseProcess> {
  const child = fork(fileURLToPath(import.meta.url), [url, role]);
  const pending = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => pending.get(answer.id)?.(answer));
  child.on('exit', () => {
    for (const [id, answer] of pending) answer({ id, error: 'the process has ended' });
  });
  await once(child, 'message');
  let ids = 0;
  return {
    pid: child.pid!,
    async order(order) {
      const id = ++ids;
      const { error } = await new Promise<Answer>((resolve) => {
        pending.set(id, resolve);
        child.send({ id, ...order });
      });
      pending.delete(id);
      if (error !== undefined) throw new Error(error);
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await obey();

async function obey(): Promise<void> {
  const [url, role] = process.argv.slice(2) as [string, Role];
  const database = await openDatabase(url, role);
  let release = (): void => {};
  let held: Promise<void> | undefined;
  process.on('disconnect', () => {
    release();
    void database.close();
  });
  const carryOut = async ({ id, ...order }: Order & { id: number }): Promise<void> => {
    try {
      if (order.do === 'release') {
        release();
        await held;
      } else if (order.do === 'hold') {
        ({ held, release } = await hold(database, order.statements));
      } else await obeyOne(database, order);
      process.send!({ id });
    } catch (error) {
      process.send!({ id, error: String(error) });
    }
  };
  process.on('message', (order: Order & { id: number }) => void carryOut(order));
  process.send!({ id: 0 });
}

async function obeyOne(database: Database, order: Exclude<Order, { do: 'hold' | 'release' }>): Promise<void> {
  if (order.do === 'migrate') await migrate(database, order.rooms);
  else if (order.do === 'wake') await database.write(async (tx) => tx.wake(order.channel));
  else for (let time = 0; time < order.times; time++) await write(database, order.statements);
}

async function write(database: Database, statements: readonly string[]): Promise<void> {
  await database.write(async (tx) => {
    for (const statement of statements) await tx.run(statement);
  });
}

async function hold(
  database: Database,
  statements: readonly string[],
): Promise<{ held: Promise<void>; release: () => void }> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open, reject } = Promise.withResolvers<void>();
  const held = database.write(async (tx) => {
    for (const statement of statements) await tx.run(statement);
    open();
    await released;
  });
  held.catch(reject);
  await opened;
  return { held, release };
}
