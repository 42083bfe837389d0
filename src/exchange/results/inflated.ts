/**
 * The plain form of a stored result, inflated on its way out, a piece at a time and in zlib's own threads: the event
 * loop stays free, and a slow client holds two pieces at most.
 */
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, inflateRaw } from 'node:zlib';
import { type Piece, piecesOf } from '../encode/piece-index.ts';
import type { ResultStore } from '../ports.ts';

const inflate = promisify(inflateRaw);

/** Plain bytes [start, end) of a result; undefined when it is gone. */
export async function readInflated(
  store: ResultStore,
  name: string,
  pieces: readonly Piece[],
  start: number,
  end: number,
): Promise<Readable | undefined> {
  const touched = piecesOf(pieces, start, end);
  const first = touched[0];
  const last = touched.at(-1);
  if (first === undefined || last === undefined) return Readable.from([]);
  const stored = await store.read(name, first.storedStart, last.storedEnd);
  return stored && new Inflated(stored, touched, start, end);
}

/** Owns the stored stream: whatever ends this one closes that one, also before the first byte was asked for. */
class Inflated extends Readable {
  readonly #stored: Readable;
  readonly #plain: AsyncIterator<Buffer>;

  constructor(stored: Readable, pieces: readonly Piece[], start: number, end: number) {
    super({ highWaterMark: 1 });
    this.#stored = stored;
    this.#plain = inflatePieces(stored, pieces, start, end);
    // Also a failure while nobody reads is this stream's.
    stored.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#plain.next().then(
      ({ done, value }) => this.push(done === true ? null : value),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stored.destroy();
    callback(error);
  }
}

async function* inflatePieces(
  stored: Readable,
  pieces: readonly Piece[],
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let held = 0;
  let next = 0;
  for await (const chunk of stored) {
    chunks.push(chunk);
    held += chunk.length;
    for (let piece = pieces[next]; piece !== undefined; piece = pieces[++next]) {
      const size = piece.storedEnd - piece.storedStart;
      if (held < size) break;
      const bytes = Buffer.concat(chunks, held);
      chunks = [bytes.subarray(size)];
      held -= size;
      const plain = await inflatePiece(bytes.subarray(0, size), piece);
      yield plain.subarray(
        Math.max(0, start - piece.plainStart),
        Math.min(plain.length, end - piece.plainStart),
      );
    }
  }
  if (next < pieces.length) throw new Error(`a stored result ends ${pieces.length - next} pieces too early`);
}

async function inflatePiece(bytes: Buffer, piece: Piece): Promise<Buffer> {
  const size = piece.plainEnd - piece.plainStart;
  // A piece ends in a sync flush, not in a last block.
  const plain = await inflate(bytes, {
    finishFlush: constants.Z_SYNC_FLUSH,
    // All in one buffer: zlib asks for a second one when the first is full to the last byte.
    chunkSize: size + constants.Z_MIN_CHUNK,
    maxOutputLength: size + 1,
  });
  if (plain.length !== size) throw new Error(`a piece of ${size} plain bytes inflated to ${plain.length}`);
  return plain;
}
