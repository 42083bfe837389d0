/**
 * Several `waybill serve` on one store: on PostgreSQL they start together and share the work, on SQLite only one may
 * (contract: O-07, E-20, E-02; How it is run).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAccounts } from '../../src/accounts/accounts.ts';
import type { Database } from '../../src/database/database.ts';
import { migrate, type RoomMigrations } from '../../src/database/migrate.ts';
import { steadyClock, systemClock } from '../../src/platform/clock.ts';
import { randomIds } from '../../src/platform/ids.ts';
import { ROOMS } from '../../src/store.ts';
import { FIRST_RUN_SIZE, makeDemoData } from '../../src/warehouse/import/demo.ts';
import { seedAccount } from '../../src/warehouse/new-account.ts';
import { engines } from '../support/engines.ts';
import type { Line } from '../support/program.ts';
import { idOf, openSite, type Served, type Site, untilFinal } from '../support/served.ts';
import { create, REPORT, resume } from './known-stock.ts';

const SERVERS = 5;
const [sqlite, postgres] = engines as [(typeof engines)[number], (typeof engines)[number]];

/** A store of no version, and one where the changes of some rooms are missing. */
const stores: readonly { readonly what: string; readonly rooms: readonly RoomMigrations[] }[] = [
  { what: 'an empty PostgreSQL', rooms: [] },
  { what: 'a PostgreSQL whose last changes are missing', rooms: ROOMS.slice(0, 3) },
];

describe('five servers that start at once', () => {
  for (const { what, rooms } of stores) {
    it(`all serve ${what}: each change was made once, and one demo account`, async () => {
      await using site = await openSite(postgres);
      const database = await site.database();
      if (rooms.length > 0) await migrate(database, rooms);
      const starts = Array.from({ length: SERVERS }, () => site.serve());
      const servers = await Promise.all(starts);
      const { token, accountId } = site.firstRun();
      for (const served of servers) {
        assert.equal((await served.client(token).get(`${served.origin}/readyz`)).status, 200);
        const { context } = (await served.client(token).get('/entity/product?limit=1')).json<{
          context: { employee: { meta: { href: string } } };
        }>();
        assert.ok(context.employee.meta.href.length > 0);
        assert.deepEqual(served.program.lines.filter(isTrouble), []);
      }
      const applied = await database.read((queries) =>
        queries.all<{ id: string }>(`select room || '/' || name as id from migration`),
      );
      const expected = ROOMS.flatMap(({ room, migrations }) =>
        migrations.map(({ name }) => `${room}/${name}`),
      );
      assert.deepEqual(applied.map(({ id }) => id).sort(), expected.sort());
      assert.deepEqual(await counts(database), {
        accounts: 1,
        products: FIRST_RUN_SIZE.products,
        positions: FIRST_RUN_SIZE.movements,
      });
      assert.match(accountId, /^[0-9a-f-]{36}$/);
      const ends = await Promise.all(servers.map(({ program }) => program.end('SIGTERM')));
      assert.deepEqual(
        ends.map(({ code }) => code),
        Array(SERVERS).fill(0),
      );
    });
  }

  it('on one SQLite folder: one serves, four end with 2 and say what they need', async () => {
    await using site = await openSite(sqlite);
    const programs = Array.from({ length: SERVERS }, () =>
      site.start(['serve', '--port', '0', '--log-level', 'debug']),
    );
    const winner = await Promise.any(programs.map((program) => program.firstLine().then(() => program)));
    for (const program of programs.filter((each) => each !== winner)) {
      const { code, stdout, stderr } = await program.ended;
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^.* is held by another waybill serve; a second one needs PostgreSQL .*\n$/);
    }
    await winner.end('SIGKILL');
    // The folder is free at once.
    await using next = await site.serve();
    assert.equal((await next.client(site.firstRun().token).get('/entity/store')).status, 200);
  });

  it('on one SQLite file that is named: it is held all the same', async () => {
    await using site = await openSite(sqlite);
    const flags = ['--database', `${site.data}/elsewhere.db`];
    await using first = await site.serve({ flags });
    const { code, stderr } = await site.run(['serve', '--port', '0', ...flags]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /needs PostgreSQL/);
    assert.equal((await first.client(site.firstRun().token).get('/entity/store')).status, 200);
  });
});

describe('three servers of one PostgreSQL', () => {
  let site: Site;
  let servers: readonly Served[];
  let tokens: readonly string[];
  before(async () => {
    site = await openSite(postgres);
    ({ servers, tokens } = await three(site));
  });
  after(() => site[Symbol.asyncDispose]());

  it('end twenty tasks of five accounts once each, and never run two of an account at once', async () => {
    const database = await site.database();
    await recordMoves(database);
    const tasks = await Promise.all(
      tokens.flatMap((token, account) =>
        Array.from({ length: 4 }, async (_, number) => {
          const client = servers[(account + number) % servers.length]!.client(token);
          return { client, id: await create(client) };
        }),
      ),
    );
    for (const { client, id } of tasks) assert.equal((await untilFinal(client, id)).state, 'DONE');
    const moves = await database.read((queries) =>
      queries.all<{ account: number; task: string; state: string }>(
        'select account, task, state from moves order by number',
      ),
    );
    assert.deepEqual(runningAtOnce(moves), new Set([0, 1]));
    const ends = moves.filter(({ state }) => state === 'DONE').map(({ task }) => task);
    assert.deepEqual(ends.sort(), tasks.map(({ id }) => id).sort());
    const told = servers.flatMap(({ program }) => program.all('task.finished').map(({ task }) => task));
    assert.deepEqual(told.sort(), ends);
  });

  it('admit exactly four of fifty creations that arrive at once', async () => {
    const workers = await Promise.all(servers.map((served) => served.worker('exports')));
    for (const worker of workers) process.kill(worker, 'SIGSTOP');
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, n) => servers[n % servers.length]!.client(tokens[0]!).get(REPORT)),
    );
    for (const worker of workers) process.kill(worker, 'SIGCONT');
    const admitted = replies.filter(({ status }) => status === 202);
    assert.equal(admitted.length, 4);
    for (const refused of replies.filter(({ status }) => status !== 202)) {
      assert.equal(refused.status, 429);
      assert.equal(refused.json<{ errors: { code: number }[] }>().errors[0]?.code, 61002);
      const waitMs = Number(refused.headers['x-lognex-retry-after']);
      assert.ok(waitMs > 0 && waitMs <= 3_000);
      assert.equal(refused.headers['x-lognex-auth'], undefined);
    }
    const client = servers[0]!.client(tokens[0]!);
    for (const reply of admitted) assert.equal((await untilFinal(client, idOf(reply))).state, 'DONE');
  });

  it('take over at once what one of them puts back when it ends', async () => {
    const workers = await Promise.all(servers.map((served) => served.worker('exports')));
    for (const worker of workers) process.kill(worker, 'SIGSTOP');
    const id = await create(servers[0]!.client(tokens[0]!));
    const owner = await Promise.any(
      servers.map((served) => served.program.saw('task.claimed', { task: id }).then(() => served)),
    );
    const ended = owner.program.end('SIGTERM');
    const others = servers.filter((served) => served !== owner);
    await Promise.any(others.map(({ program }) => program.saw('task.claimed', { task: id, attempt: 2 })));
    for (const worker of workers) resume(worker);
    assert.equal((await ended).code, 0);
    const task = await untilFinal(others[0]!.client(tokens[0]!), id);
    assert.deepEqual([task.state, task.attempt], ['DONE', 2]);
  });
});

const isTrouble = ({ level }: Line): boolean => Number(level) >= 40;

async function counts(database: Database): Promise<Record<string, number>> {
  const row = await database.read((queries) =>
    queries.one<Record<string, number>>(
      `select (select count(*) from account) as accounts, (select count(*) from assortment) as products,
        (select count(*) from position) as positions`,
    ),
  );
  return { ...row };
}

/** Three servers with a worker each, and the tokens of five accounts that hold the demo data. */
async function three(site: Site): Promise<{ servers: readonly Served[]; tokens: readonly string[] }> {
  const flags = ['--no-demo', '--workers', '1'];
  const servers = await Promise.all([1, 2, 3].map(() => site.serve({ flags })));
  const tokens: string[] = [];
  for (let count = 0; count < 5; count++) tokens.push(await fullAccount(await site.database()));
  return { servers, tokens };
}

/** A new account with the first run's data; its token. */
async function fullAccount(database: Database): Promise<string> {
  const clock = systemClock();
  const accounts = createAccounts({ database, clock, steady: steadyClock(), ids: randomIds });
  const login = `${randomIds.uuid()}@test`;
  const outcome = await accounts.create({
    name: login,
    login,
    password: 'secret',
    seed: (tx, account) => seedAccount(tx, account, { ids: randomIds, now: clock.now(), login }),
  });
  if (outcome.kind !== 'created') throw new Error(`${login} is taken`);
  const { account } = outcome.administrator;
  const { signal } = new AbortController();
  await makeDemoData({ database, account, now: clock.now(), zone: 'UTC', signal }, FIRST_RUN_SIZE);
  return accounts.issueToken(outcome.administrator);
}

/** Keeps each change of a task's state. An account's are in order: its queue row is locked for each. */
async function recordMoves(database: Database): Promise<void> {
  const statements = [
    `create table moves (number bigint generated always as identity, account bigint, task text, state text)`,
    `create function record_move() returns trigger language plpgsql as $$ begin
      if tg_op = 'INSERT' or new.state <> old.state then
        insert into moves (account, task, state) values (new.account, new.uuid, new.state);
      end if; return null; end $$`,
    `create trigger record_move after insert or update on task for each row execute function record_move()`,
  ];
  await database.write(async (tx) => {
    for (const statement of statements) await tx.run(statement);
  });
}

/** The numbers of running tasks that an account ever had. */
function runningAtOnce(moves: readonly { account: number; task: string; state: string }[]): Set<number> {
  const running = new Map<number, Set<string>>();
  const seen = new Set<number>();
  for (const { account, task, state } of moves) {
    const own = running.get(account) ?? new Set();
    running.set(account, own);
    if (state === 'PROCESSING') own.add(task);
    else own.delete(task);
    seen.add(own.size);
  }
  return seen;
}
