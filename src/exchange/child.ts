/** One forked process as its parent sees it: does one job at a time, is cancelled or killed, watched for memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Answer, FromChild, Order, ProgressReport, Setup, ToChild } from './messages.ts';

/** How often a child's resident memory is read, in ms: a leak of 1 GB/s overshoots by a quarter of that. */
const MEMORY_LOOK_MS = 250;
/**
 * What a child makes of rows dies at once. Left to itself the engine gives such garbage 16 MB and more to pile up in;
 * with 4 MB a report takes the same time (650 ms) and its process, after 24 of them, 156 MB instead of 212.
 */
const YOUNG_GENERATION = '--max-semi-space-size=4';
/** What is kept of a child's stderr, for the announcement of its end. */
const LAST_WORDS_CHARS = 2_000;

export interface ChildLimits {
  /** Resident memory beyond which a child is killed. */
  readonly workerMemoryBytes: number;
  /** How long a cancelled job may go on before its process is killed, in ms. */
  readonly killAfterMs: number;
}

/** The end of a process. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** `memory` when it was killed for it, `cancelled` and `stopped` when its parent wanted it gone. */
  readonly reason?: 'memory' | 'cancelled' | 'stopped';
  readonly lastWords: string;
}

/** `crashed`: the process ended before its answer. */
export type JobOutcome = Answer | { readonly kind: 'crashed'; readonly exit: Exit };

export interface Job {
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly outcome: Promise<JobOutcome>;
  /** Asks the child to stop and kills it when it does not within `killAfterMs`. */
  cancel(): void;
}

interface CurrentJob {
  readonly number: number;
  readonly end: (outcome: JobOutcome) => void;
  readonly onProgress: (progress: ProgressReport) => void;
  isCancelled: boolean;
}

export class Child {
  /** Whether it came to be usable. */
  readonly ready: Promise<boolean>;
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #limits: ChildLimits;
  #job: CurrentJob | undefined;
  #jobs = 0;
  #isReady = false;
  #reason: Exit['reason'];
  #unusable: Error | undefined;
  #lastWords = '';
  readonly #memoryTimer: NodeJS.Timeout;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(setup: Setup, limits: ChildLimits) {
    this.#limits = limits;
    // The package is compiled, the checkout is not: the child's file ends as this one does.
    this.#process = fork(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...process.execArgv.filter((flag) => !/^--(inspect|test)/.test(flag)), YOUNG_GENERATION],
    });
    const becameReady = Promise.withResolvers<boolean>();
    const ended = Promise.withResolvers<Exit>();
    this.ready = becameReady.promise;
    this.exited = ended.promise;
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-LAST_WORDS_CHARS);
    });
    this.#process.on('message', (message: FromChild) => {
      if (message.kind === 'ready') this.#isReady = true;
      if (message.kind === 'unusable') this.#unusable = message.cause;
      if (message.kind === 'ready' || message.kind === 'unusable') becameReady.resolve(this.#isReady);
      else this.#hear(message);
    });
    // A process that could not be made has an error and no end.
    this.#process.on('error', (error) =>
      this.#gone({ code: null, signal: null, lastWords: String(error) }, ended),
    );
    this.#process.on('close', (code, signal) =>
      this.#gone({ code, signal, lastWords: this.#lastWords }, ended),
    );
    // Idle or not: a job may leave something behind that goes on taking memory.
    this.#memoryTimer = setInterval(() => void this.#watchMemory(), MEMORY_LOOK_MS);
    void this.exited.then(() => becameReady.resolve(false));
    this.#send(setup);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isIdle(): boolean {
    return this.#isReady && this.#job === undefined && this.#reason === undefined;
  }

  /** Whether it ever had a job. */
  get hasWorked(): boolean {
    return this.#jobs > 0;
  }

  /** Why it never became ready. */
  get unusable(): Error | undefined {
    return this.#unusable;
  }

  /** Gives an idle child its next job. */
  run(order: Order, onProgress: (progress: ProgressReport) => void): Job {
    if (!this.isIdle) throw new Error('one job at a time');
    const number = ++this.#jobs;
    const { promise: outcome, resolve: end } = Promise.withResolvers<JobOutcome>();
    this.#job = { number, end, onProgress, isCancelled: false };
    this.#send({ kind: 'order', job: number, order });
    return { pid: this.pid, outcome, cancel: () => this.#cancel(number) };
  }

  /** Kills it; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#kill('stopped');
    await this.exited;
  }

  #send(message: ToChild): void {
    // A failure means that the process is going: its end says so.
    this.#process.send(message, () => {});
  }

  #hear(message: Extract<FromChild, { job: number }>): void {
    const job = this.#job;
    if (job === undefined || job.number !== message.job) return;
    if (message.kind === 'progress') {
      job.onProgress(message.progress);
      this.#judgeMemory(message.progress.residentBytes);
    } else {
      this.#endJob(message.answer);
    }
  }

  #cancel(number: number): void {
    if (this.#job?.number !== number || this.#job.isCancelled) return;
    this.#job.isCancelled = true;
    this.#send({ kind: 'cancel', job: number });
    this.#killTimer = setTimeout(() => this.#kill('cancelled'), this.#limits.killAfterMs);
  }

  #kill(reason: Exit['reason']): void {
    this.#reason ??= reason;
    this.#process.kill('SIGKILL');
  }

  #endJob(outcome: JobOutcome): void {
    const job = this.#job;
    this.#job = undefined;
    clearTimeout(this.#killTimer);
    job?.end(outcome);
  }

  #gone(end: Exit, ended: PromiseWithResolvers<Exit>): void {
    const exit = this.#reason === undefined ? end : { ...end, reason: this.#reason };
    const wasWanted = this.#job?.isCancelled === true || this.#reason === 'stopped';
    clearInterval(this.#memoryTimer);
    this.#reason ??= 'stopped';
    this.#endJob(wasWanted ? { kind: 'cancelled' } : { kind: 'crashed', exit });
    ended.resolve(exit);
  }

  async #watchMemory(): Promise<void> {
    const bytes = await residentBytes(this.pid);
    if (bytes !== undefined) this.#judgeMemory(bytes);
  }

  #judgeMemory(bytes: number): void {
    if (bytes > this.#limits.workerMemoryBytes) this.#kill('memory');
  }
}

/** Resident memory of a process as Linux shows it; undefined elsewhere, or when it is gone. */
async function residentBytes(pid: number | undefined): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'latin1');
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
