import { once } from 'node:events';
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Announce } from '../../platform/announcements.ts';
import { DatabaseBusy, type Role } from '../database.ts';
import type { CheckpointResult } from './checkpoint-thread.ts';

/** How often a serving process looks at the log, in ms. */
const LOOK_MS = 1_000;
/** How often a snapshot that may not open looks again, and for how long, in ms. */
const GATE_LOOK_MS = 50;
const GATE_WAIT_MS = 60_000;

export interface LogLimits {
  /** From this size on the log is moved and cut. */
  readonly moveBytes: number;
  /** Above it no new snapshot opens until the log was cut: each one would keep it growing. */
  readonly snapshotBytes: number;
}

export const LOG_LIMITS: LogLimits = { moveBytes: 4 * 2 ** 20, snapshotBytes: 256 * 2 ** 20 };

/**
 * The write-ahead log's size. It cannot be cut while a snapshot is open, in any process; the serving process cuts it
 * within a second or two after the last one, in a thread: on the event loop a checkpoint would cost its pages and two
 * fsyncs. (SQLite's own checkpoint at every thousandth page is off there; guests, which may block, keep it.)
 */
export class Checkpoints {
  readonly #path: string;
  readonly #isServing: boolean;
  readonly #limits: LogLimits;
  readonly #announce: Announce;
  readonly #timer: NodeJS.Timeout | undefined;
  #thread: Worker | undefined;
  #round: Promise<void> | undefined;
  #isClosed = false;

  constructor(path: string, role: Role, limits: LogLimits, announce: Announce) {
    this.#path = path;
    this.#isServing = role === 'server';
    this.#limits = limits;
    this.#announce = announce;
    if (this.#isServing) this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Resolves when a snapshot may open; throws `DatabaseBusy` when the log was not cut in time. */
  async admitSnapshot(): Promise<void> {
    if (this.#logBytes() <= this.#limits.snapshotBytes) return;
    const startedAt = performance.now();
    do {
      if (this.#isServing) this.#look();
      await pause(GATE_LOOK_MS);
      if (performance.now() - startedAt > GATE_WAIT_MS)
        throw new DatabaseBusy(
          `the write-ahead log has grown beyond ${this.#limits.snapshotBytes} bytes, and open snapshots keep it from being cut`,
        );
    } while (this.#logBytes() > this.#limits.snapshotBytes && !this.#isClosed);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    // Nothing else may keep the process alive until the thread has ended.
    this.#thread?.ref();
    await this.#round;
    const thread = this.#thread;
    if (thread === undefined || thread.threadId < 0) return;
    const exited = once(thread, 'exit');
    thread.postMessage('close');
    await exited;
  }

  #look(): void {
    if (this.#isClosed || this.#round !== undefined || this.#logBytes() < this.#limits.moveBytes) return;
    this.#round = this.#checkpoint().finally(() => {
      this.#round = undefined;
    });
  }

  async #checkpoint(): Promise<void> {
    const bytes = this.#logBytes();
    try {
      const result = await this.#ask();
      this.#announce('database.checkpoint', { bytes, ...result }, 'debug');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#announce('database.checkpoint_failed', { bytes, reason }, 'warn');
      this.#thread = undefined;
    }
  }

  async #ask(): Promise<CheckpointResult> {
    this.#thread ??= this.#startThread();
    const thread = this.#thread;
    const settled = new AbortController();
    const { signal } = settled;
    const ended = once(thread, 'exit', { signal }).then(() => {
      throw new Error('the thread has ended');
    });
    // `once` rejects on 'error' too.
    const answer = Promise.race([once(thread, 'message', { signal }), ended]);
    thread.postMessage('checkpoint');
    try {
      const [result] = (await answer) as [CheckpointResult];
      return result;
    } finally {
      settled.abort();
    }
  }

  #startThread(): Worker {
    // Built for npm the file beside this one ends in `.js`.
    const file = new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url);
    // Flags of the process's own program (`--eval`) are none of the thread's.
    const thread = new Worker(file, { workerData: this.#path, execArgv: [] });
    // Heard by whoever asks it; in between there must be somebody, or the process ends.
    thread.on('error', () => {});
    thread.unref();
    return thread;
  }

  #logBytes(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}
