/** gzip at level 1 in the calling thread, piece by piece, into a file: one member. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants, crc32, deflateRawSync } from 'node:zlib';

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
const LAST_BLOCK = Buffer.from([3, 0]);

export class GzipFile {
  readonly #file: number;
  #crc = 0;
  #bytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
    writeSync(this.#file, HEADER);
  }

  write(piece: Uint8Array): void {
    writeSync(this.#file, deflateRawSync(piece, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }));
    this.#crc = crc32(piece, this.#crc);
    this.#bytes += piece.length;
  }

  end(): void {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#bytes % 2 ** 32, 4);
    writeSync(this.#file, LAST_BLOCK);
    writeSync(this.#file, trailer);
    closeSync(this.#file);
  }
}
