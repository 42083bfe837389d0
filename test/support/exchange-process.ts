/**
 * An exchange over the toy source in a process of its own, which a test may kill. As a module it is that process when
 * it was forked with `RUN_AS_EXCHANGE`, and for the test it is the handle.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openDatabase } from '../../src/database/open.ts';
import { createExchange } from '../../src/exchange/index.ts';
import { openResults } from '../../src/exchange/results/open.ts';
import { Announcements } from '../../src/platform/announcements.ts';
import { steadyClock, systemClock } from '../../src/platform/clock.ts';
import { randomIds, type TaskId } from '../../src/platform/ids.ts';
import { creationOf } from './queues.ts';
import { recordingEvents } from './recorded-events.ts';
import { toySourceModule } from './toy-source.ts';
import { Witness } from './witness.ts';

const RUN_AS_EXCHANGE = '--run-as-exchange';

interface Setup {
  readonly databaseUrl: string;
  readonly results: string;
  readonly controlPort: number;
  /** Stops for ever inside the transaction that finishes a task: the file is whole, the commit does not come. */
  readonly hangAtFinish?: boolean;
}

type Order =
  | { readonly kind: 'create'; readonly account: number; readonly query: string }
  | { readonly kind: 'sweep' };

type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'announced'; readonly name: string; readonly fields: Record<string, unknown> };

/** A lease that runs out soon, for tests that wait for it. */
const LIMITS = { workers: 1, leaseMs: 800, lookUpMs: 50, pauseMs: 20, sweepMs: 3_600_000 };

/** The handle on an exchange in another process. */
export class ExchangeProcess implements AsyncDisposable {
  readonly witness: Witness;
  readonly #child: ChildProcess;
  readonly #announcements: Announcements;
  #answered: ((value: unknown) => void) | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#announcements = new Announcements();
    this.witness = new Witness(this.#announcements);
    child.on('message', (message: Message) => {
      if (message.kind === 'announced') this.#announcements.announce(message.name, message.fields);
      else if (message.kind === 'answer') this.#answered?.(message.value);
    });
  }

  static async start(setup: Setup): Promise<ExchangeProcess> {
    const child = fork(import.meta.filename, [RUN_AS_EXCHANGE], { serialization: 'advanced', execArgv: [] });
    const started = new ExchangeProcess(child);
    child.send(setup);
    for (;;) {
      const [message] = (await once(child, 'message')) as [Message];
      if (message.kind === 'ready') return started;
    }
  }

  async create(account: number, query: string): Promise<TaskId> {
    return (await this.#ask({ kind: 'create', account, query })) as TaskId;
  }

  async sweep(): Promise<void> {
    await this.#ask({ kind: 'sweep' });
  }

  /** As an operator does: drains and ends; answers the exit code. */
  async terminate(): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    return ((await exited) as [number | null])[0];
  }

  /** At once, as nothing can prepare for. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #ask(order: Order): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#answered = resolve;
    this.#child.send(order);
    return promise;
  }
}

async function runAsExchange({ databaseUrl, results, controlPort, hangAtFinish }: Setup): Promise<void> {
  const tell = (message: Message): void => void process.send?.(message, () => {});
  const database = await openDatabase(databaseUrl, 'server');
  const announcements = new Announcements();
  announcements.subscribe(({ name, fields }) => tell({ kind: 'announced', name, fields }));
  const exchange = createExchange(
    {
      database,
      results: await openResults(results),
      resultsUrl: results,
      source: { module: toySourceModule, config: { controlPort } },
      events: {
        async record(tx, events) {
          if (hangAtFinish === true && events.some(({ action }) => action === 'PROCESSED')) {
            announcements.announce('test.finishing', { task: events[0]?.id });
            await new Promise(() => {});
          }
          await recordingEvents.record(tx, events);
        },
      },
      clock: systemClock(),
      steady: steadyClock(),
      ids: randomIds,
      announce: announcements.announce,
      linkSecret: Buffer.alloc(32, 7),
    },
    LIMITS,
  );
  const take = async (order: Order): Promise<unknown> => {
    if (order.kind === 'sweep') return exchange.sweep();
    const outcome = await exchange.create(creationOf(order.account, order.query));
    return outcome.kind === 'created' ? outcome.task.id : outcome.kind;
  };
  process.on('message', (order: Order) => void take(order).then((value) => tell({ kind: 'answer', value })));
  process.once('SIGTERM', () => {
    void exchange
      .stop()
      .then(() => database.close())
      .then(() => process.exit(0));
  });
  process.on('disconnect', () => process.exit(1));
  await exchange.start();
  tell({ kind: 'ready' });
}

if (process.argv[2] === RUN_AS_EXCHANGE) {
  process.once('message', (setup: Setup) => void runAsExchange(setup));
}
