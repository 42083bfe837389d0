/**
 * A source without a database, told by its request's query what to do:
 *
 * - `rows=N`, `batch=N`: how many rows, how many at a time
 * - `hold=open,half,end`: waits at these points until the test's control (`toy-control.ts`) says how to go on
 * - `stubborn=1`: does not hear that it is cancelled while it waits
 * - `do=throw|refuse|exit|spin|leak`: fails at once; `do=linger`: ends well, but goes on taking memory;
 *   `announce=N`: says another number of rows than it gives
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import {
  type Opened,
  RequestRefused,
  type RowBatch,
  type Shape,
  type Source,
  type SourceRequest,
  type Window,
} from '../../src/exchange/ports.ts';

export interface ToyConfig {
  /** Of the test's control; none without `hold`. */
  readonly controlPort?: number;
}

const SHAPE: Shape = [
  { literal: '{"index":' },
  { integer: 0 },
  { literal: ',"name":' },
  { text: 1 },
  { literal: '}' },
];

/** A row as the file has it. */
export const toyRow = (index: number): { index: number; name: string } => ({ index, name: `Болт M${index}` });

/** The whole answer, made without any of the code that builds it. */
export function toyAnswer(rows: number): { meta: { size: number }; rows: { index: number; name: string }[] } {
  return { meta: { size: rows }, rows: Array.from({ length: rows }, (_, index) => toyRow(index)) };
}

export const TOY_SNAPSHOT = { sequence: 7, moment: 1_700_000_000_000 };

/** The URL of this module, as a source is named. */
export const toySourceModule = import.meta.url;

export default async function openToySource(config: unknown): Promise<Source> {
  const { controlPort } = config as ToyConfig;
  return {
    async open(request, window, signal, use) {
      const toy = new Toy(request, window, signal, controlPort);
      await toy.begin();
      return use(toy.opened());
    },
    async close() {},
  };
}

class Toy {
  readonly #query: URLSearchParams;
  readonly #request: SourceRequest;
  readonly #window: Window | undefined;
  readonly #signal: AbortSignal;
  readonly #controlPort: number | undefined;
  readonly #rows: number;

  constructor(
    request: SourceRequest,
    window: Window | undefined,
    signal: AbortSignal,
    port: number | undefined,
  ) {
    this.#query = new URLSearchParams(request.query);
    this.#request = request;
    this.#window = window;
    this.#signal = signal;
    this.#controlPort = port;
    this.#rows = Number(this.#query.get('rows') ?? 3);
  }

  async begin(): Promise<void> {
    const act = this.#query.get('do');
    if (act === 'refuse') throw new RequestRefused(403, [{ code: 1016, error: 'no right to this report' }]);
    if (act !== null) await obey(act);
    await this.#hold('open');
  }

  opened(): Opened {
    const { offset, limit } = this.#window ?? { offset: 0, limit: this.#rows };
    const end = Math.min(this.#rows, offset + limit);
    return {
      head: { meta: { size: this.#rows } },
      shape: SHAPE,
      total: Number(this.#query.get('announce') ?? Math.max(0, end - offset)),
      batches: this.#batches(offset, end),
      snapshot: TOY_SNAPSHOT,
    };
  }

  async *#batches(start: number, end: number): AsyncGenerator<RowBatch> {
    const size = Number(this.#query.get('batch') ?? 1000);
    const half = Math.floor((start + end) / 2);
    let isBeforeHalf = true;
    for (let at = start; at < end; at += size) {
      if (isBeforeHalf && at + size > half) {
        isBeforeHalf = false;
        await this.#hold('half');
      }
      this.#signal.throwIfAborted();
      const rows = Array.from({ length: Math.min(size, end - at) }, (_, index) => toyRow(at + index));
      yield rows.map(({ index, name }) => [index, name]);
    }
    await this.#hold('end');
  }

  async #hold(point: string): Promise<void> {
    if (!(this.#query.get('hold') ?? '').split(',').includes(point)) return;
    if (this.#controlPort === undefined) throw new Error('a toy that holds needs a control');
    const socket = connect(this.#controlPort, '127.0.0.1');
    const listening = this.#query.has('stubborn') ? {} : { signal: this.#signal };
    try {
      socket.write(`${JSON.stringify({ point, query: this.#request.query, pid: process.pid })}\n`);
      const [line] = await once(createInterface(socket), 'line', listening);
      await obey(JSON.parse(line).instruction);
    } finally {
      socket.destroy();
    }
  }
}

async function obey(instruction: string): Promise<void> {
  if (instruction === 'throw') throw new Error('the toy was told to throw');
  if (instruction === 'exit') process.exit(3);
  // Like one long step of SQLite: the process hears nothing.
  if (instruction === 'spin') for (;;);
  if (instruction === 'leak') await leak();
  if (instruction === 'linger') void leak();
}

/** Takes memory until the process is ended. */
function leak(): Promise<never> {
  const held: Buffer[] = [];
  setInterval(() => held.push(Buffer.alloc(16 * 1024 * 1024, 1)), 20);
  return new Promise(() => {});
}
