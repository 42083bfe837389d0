/**
 * Compresses results in a thread beside the one that reads and encodes: reading 317 MB of a report and encoding it
 * takes 560 ms, deflating it 290, its crc 80, its sha256 225, so the two halves take the time of one. Buffers change
 * hands without a copy; a bounded number of them is under way.
 *
 * A later body of `Gzip` may put unchanged pieces of an earlier result in.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Compressed } from './gzip-member.ts';
import type { Answer, Order } from './gzip-thread.ts';
import { BUFFER_BYTES, type PieceSink } from './json.ts';

/** So that neither side waits while the other has a longer piece (2, 3, 4 and 8 measured alike within their spread). */
const PIECES_UNDER_WAY = 4;

/**
 * The thread needs a few megabytes. The bound is what makes it collect zlib's buffers in time: without it they pile
 * up to 64 MB.
 */
const THREAD_HEAP_MB = 32;

/** Writes stored bytes in order; the next come when it has resolved. */
export type WriteStored = (stored: Uint8Array) => Promise<void>;

/** One result on its way. A failure to write is thrown by the next `empty` or by `end`. */
export interface GzipResult extends PieceSink {
  /** Ends the member; resolves when all of it is written. */
  end(): Promise<Compressed>;
  /** Gives the result up; resolves when nothing of it is being written any more. */
  abandon(): Promise<void>;
}

/** Makes gzip results, one at a time. */
export interface Gzip {
  begin(write: WriteStored): GzipResult;
  close(): Promise<void>;
}

/** Starts the thread. It does not keep the process alive while no result is under way. */
export function startGzip(): Gzip {
  // The package is compiled, the checkout is not: the thread's file ends as this one does.
  const thread = new Worker(new URL(`./gzip-thread${extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
  thread.unref();
  let current: ThreadedResult | undefined;
  let results = 0;
  /** Buffers that came back: for the next result, too, since garbage of this size waits long for its collection. */
  const spare: Buffer<ArrayBuffer>[] = [];
  let death: Error | undefined;
  const die = (error: Error): void => {
    death ??= error;
    current?.fail(death);
  };
  thread.on('message', (answer: Answer) => current?.receive(answer));
  thread.on('error', die);
  thread.on('exit', (code) => die(new Error(`the compressing thread ended with code ${code}`)));
  return {
    begin(write) {
      if (current?.isUnderWay === true) throw new Error('one result at a time: the last one has not ended');
      thread.ref();
      current = new ThreadedResult(thread, ++results, write, spare);
      if (death !== undefined) current.fail(death);
      return current;
    },
    async close() {
      await thread.terminate();
    },
  };
}

class ThreadedResult implements GzipResult {
  readonly #thread: Worker;
  readonly #number: number;
  readonly #write: WriteStored;
  readonly #spare: Buffer<ArrayBuffer>[];
  readonly #compressed = Promise.withResolvers<Compressed>();
  /** Orders without an answer, and answers not yet written. */
  #underWay = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  isUnderWay = true;

  constructor(thread: Worker, number: number, write: WriteStored, spare: Buffer<ArrayBuffer>[]) {
    this.#spare = spare;
    this.#thread = thread;
    this.#number = number;
    this.#write = write;
    // Whoever waits gets the failure; when nobody waits (the result was given up) it is nobody's.
    this.#compressed.promise.catch(() => {});
  }

  async empty(): Promise<Buffer<ArrayBuffer>> {
    while (this.#underWay >= PIECES_UNDER_WAY && this.#failure === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  full(piece: Buffer<ArrayBuffer>, length: number): void {
    const buffer = piece.buffer;
    this.#order({ kind: 'piece', result: this.#number, buffer, length }, [buffer]);
  }

  async end(): Promise<Compressed> {
    try {
      if (this.#failure === undefined) this.#order({ kind: 'end', result: this.#number });
      return await this.#compressed.promise;
    } finally {
      this.#leave();
    }
  }

  async abandon(): Promise<void> {
    this.fail(new Error('the result was given up'));
    this.#leave();
    await this.#writing;
  }

  /** An answer of the thread; those to a result that was given up come late and count no more. */
  receive(answer: Answer): void {
    if (answer.result !== this.#number) return;
    this.#writing = this.#writing.then(() => this.#store(answer)).catch((error: unknown) => this.fail(error));
  }

  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error('writing a result failed', { cause: error });
    this.#compressed.reject(this.#failure);
    this.#wake?.();
  }

  async #store(answer: Answer): Promise<void> {
    if (this.#failure !== undefined) return;
    if (answer.kind === 'end') {
      await this.#write(answer.stored);
      this.#compressed.resolve(answer.compressed);
      return;
    }
    await this.#write(Buffer.from(answer.buffer, 0, answer.length));
    this.#underWay--;
    // A buffer of another size, made for a long row, is let go, so that memory stays what it was.
    if (answer.buffer.byteLength === BUFFER_BYTES) this.#spare.push(Buffer.from(answer.buffer));
    this.#wake?.();
  }

  #order(order: Order, moved: readonly ArrayBuffer[] = []): void {
    this.#underWay++;
    this.#thread.postMessage(order, moved);
  }

  #leave(): void {
    this.isUnderWay = false;
    this.#thread.unref();
  }
}
