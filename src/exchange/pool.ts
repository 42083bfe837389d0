/** Keeps a number of children ready: one that ends is replaced, a crash costs one job. */
import type { Announce } from '../platform/announcements.ts';
import { Child, type ChildLimits, type Job } from './child.ts';
import type { Order, ProgressReport, Setup } from './messages.ts';

/** Pause before replacing a child that ended without ever having a job, in ms; doubled for each one in a row. */
const RESTART_PAUSE_MS = 100;
const RESTART_PAUSE_MAX_MS = 10_000;

export interface PoolOptions {
  readonly size: number;
  readonly setup: Omit<Setup, 'kind' | 'parentPid'>;
  readonly limits: ChildLimits;
  readonly announce: Announce;
  /** A child became ready, or free again. */
  readonly onFree: () => void;
}

export class Pool {
  readonly #options: PoolOptions;
  readonly #children = new Set<Child>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  /** Children in a row that ended without ever having a job: the source cannot be opened, or memory is short. */
  #failures = 0;
  #isRunning = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Begins to start the children; they become ready by and by. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let count = 0; count < this.#options.size; count++) this.#fork();
  }

  /** Resolves when no process is left. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    for (const restart of this.#restarts) clearTimeout(restart);
    this.#restarts.clear();
    await Promise.all([...this.#children].map((child) => child.stop()));
  }

  get hasFree(): boolean {
    return this.#idle() !== undefined;
  }

  /** Gives the job to a free child; undefined when there is none. */
  run(order: Order, onProgress: (progress: ProgressReport) => void = () => {}): Job | undefined {
    const job = this.#idle()?.run(order, onProgress);
    // Whoever waits for the outcome comes first: a freed child must not be taken before its job is accounted for.
    void job?.outcome.then(() => setImmediate(() => this.#tellFree()));
    return job;
  }

  #idle(): Child | undefined {
    for (const child of this.#children) if (child.isIdle) return child;
    return undefined;
  }

  #tellFree(): void {
    if (this.#isRunning && this.hasFree) this.#options.onFree();
  }

  #fork(): void {
    const { setup, limits, announce } = this.#options;
    const child = new Child({ kind: 'setup', parentPid: process.pid, ...setup }, limits);
    this.#children.add(child);
    void child.ready.then((isReady) => {
      // One that cannot open its source stays alive for nothing.
      if (!isReady) return child.stop();
      announce('worker.started', { pid: child.pid, duty: setup.duty });
      this.#tellFree();
      return undefined;
    });
    void child.exited.then((exit) => {
      this.#children.delete(child);
      const { pid, unusable } = child;
      const isExpected = unusable === undefined && (exit.reason === 'stopped' || exit.reason === 'cancelled');
      const fields = { pid, duty: setup.duty, ...exit, ...(unusable && { error: unusable }) };
      announce('worker.exited', fields, isExpected ? 'info' : 'error');
      if (this.#isRunning) this.#replace(child.hasWorked);
    });
  }

  #replace(hadWorked: boolean): void {
    if (hadWorked) {
      this.#failures = 0;
      this.#fork();
      return;
    }
    const pauseMs = Math.min(RESTART_PAUSE_MAX_MS, RESTART_PAUSE_MS * 2 ** this.#failures++);
    const restart = setTimeout(() => {
      this.#restarts.delete(restart);
      this.#fork();
    }, pauseMs);
    this.#restarts.add(restart);
  }
}
