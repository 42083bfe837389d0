/**
 * Where each piece of a stored result begins, in plain bytes and in gzip bytes. It lies beside the result, so that a
 * range of the plain form costs the inflation of the pieces that it touches.
 *
 * Format: one byte of version, then per piece two little-endian 32-bit numbers: its plain and its stored length. The
 * first piece begins at plain offset 0, right behind the gzip header.
 */

/** Where the first piece begins in the stored bytes: behind the gzip header without optional fields (RFC 1952). */
export const GZIP_HEADER_BYTES = 10;
const VERSION = 1;
const VERSION_BYTES = 1;
const ENTRY_BYTES = 8;

export interface PieceLengths {
  readonly plain: number;
  readonly stored: number;
}

export interface Piece {
  readonly plainStart: number;
  readonly plainEnd: number;
  readonly storedStart: number;
  readonly storedEnd: number;
}

/** The index as bytes. */
export function writePieceIndex(pieces: readonly PieceLengths[]): Buffer {
  const bytes = Buffer.alloc(VERSION_BYTES + pieces.length * ENTRY_BYTES);
  bytes[0] = VERSION;
  pieces.forEach(({ plain, stored }, i) => {
    const at = VERSION_BYTES + i * ENTRY_BYTES;
    bytes.writeUInt32LE(plain, at);
    bytes.writeUInt32LE(stored, at + 4);
  });
  return bytes;
}

/** Reads an index back; throws for bytes that are none, which means that the store's file was damaged. */
export function readPieceIndex(bytes: Uint8Array): readonly Piece[] {
  if (bytes[0] !== VERSION || bytes.length % ENTRY_BYTES !== VERSION_BYTES) {
    throw new Error(
      `a piece index of ${bytes.length} bytes, version ${bytes[0]}, cannot be read: expected version ${VERSION}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Piece[] = [];
  let plainStart = 0;
  let storedStart = GZIP_HEADER_BYTES;
  for (let at = VERSION_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const plainEnd = plainStart + view.getUint32(at, true);
    const storedEnd = storedStart + view.getUint32(at + 4, true);
    pieces.push({ plainStart, plainEnd, storedStart, storedEnd });
    plainStart = plainEnd;
    storedStart = storedEnd;
  }
  return pieces;
}

/** The pieces that the plain bytes [start, end) lie in, in order. */
export function piecesOf(pieces: readonly Piece[], start: number, end: number): readonly Piece[] {
  const touches = (piece: Piece): boolean => piece.plainEnd > start && piece.plainStart < end;
  return pieces.filter(touches);
}
