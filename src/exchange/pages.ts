/**
 * Pages are built by a child of their own, so that neither an export nor `workers: 0` makes one wait. One at a time,
 * in order of arrival; the queue is bounded, and so is the time.
 */
import type { Job, JobOutcome } from './child.ts';
import type { PageOutcome } from './index.ts';
import type { PageOrder } from './messages.ts';
import { Pool, type PoolOptions } from './pool.ts';
import type { SourceRequest, Window } from './ports.ts';

export interface PageLimits {
  /** Pages that may wait. */
  readonly maxWaitingPages: number;
  /** How long a page may take, waiting included, in ms. */
  readonly pageLimitMs: number;
}

/** What a client is told when pages are too slow. */
const BUSY: PageOutcome = { kind: 'busy', retryAfterMs: 1_000 };

/** A page that was asked for and has no answer yet. */
interface Asked {
  readonly order: PageOrder;
  readonly answer: (outcome: PageOutcome) => void;
  /** Once it is being built. */
  job?: Job;
}

export class Pages {
  readonly #pool: Pool;
  readonly #limits: PageLimits;
  readonly #asked = new Set<Asked>();
  #isRunning = false;

  constructor(options: Omit<PoolOptions, 'size' | 'onFree'>, limits: PageLimits) {
    this.#limits = limits;
    this.#pool = new Pool({ ...options, size: 1, onFree: () => this.#next() });
  }

  /** Begins to start the child. */
  start(): void {
    this.#isRunning = true;
    this.#pool.start();
  }

  /** Whoever still waits is told that we are busy. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    for (const asked of this.#asked) asked.answer(BUSY);
    await this.#pool.stop();
  }

  /** Builds a page. `signal` gives it up: then the outcome means nothing. */
  async page(request: SourceRequest, window: Window, signal: AbortSignal): Promise<PageOutcome> {
    if (!this.#isRunning || this.#asked.size > this.#limits.maxWaitingPages) return BUSY;
    const { promise, resolve } = Promise.withResolvers<PageOutcome>();
    const asked: Asked = { order: { kind: 'page', request, window }, answer: resolve };
    const giveUp = (): void => {
      asked.job?.cancel();
      resolve(BUSY);
    };
    const timer = setTimeout(giveUp, this.#limits.pageLimitMs);
    signal.addEventListener('abort', giveUp);
    this.#asked.add(asked);
    this.#next();
    try {
      if (signal.aborted) giveUp();
      return await promise;
    } finally {
      this.#asked.delete(asked);
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  #next(): void {
    if (!this.#pool.hasFree) return;
    const next = [...this.#asked].find(({ job }) => job === undefined);
    if (next === undefined) return;
    const job = this.#pool.run(next.order);
    if (job === undefined) return;
    next.job = job;
    void job.outcome.then((outcome) => next.answer(pageOutcome(outcome)));
  }
}

function pageOutcome(outcome: JobOutcome): PageOutcome {
  switch (outcome.kind) {
    case 'page':
    case 'refused':
      return outcome;
    case 'cancelled':
      return BUSY;
    case 'failed':
    case 'stalled':
      return { kind: 'failed', cause: outcome.cause };
    case 'crashed':
      return {
        kind: 'failed',
        cause: new Error(`the page's process ended: ${JSON.stringify(outcome.exit)}`),
      };
    case 'built':
      return { kind: 'failed', cause: new Error('a page was asked for, a file was built') };
  }
}
