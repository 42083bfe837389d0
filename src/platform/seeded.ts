/** Chance that a seed decides: the same numbers and ids everywhere. For data, never for secrets of a server. */
import type { Ids } from './ids.ts';

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ids that a seed decides: for data that must be the same everywhere, never for secrets. */
export function seededIds(seed: number): Ids {
  const next = seededNumbers(seed);
  const secret = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => next() * 256));
  return {
    secret,
    uuid() {
      const bytes = secret(16);
      bytes[6] = (bytes[6]! & 0x0f) | 0x40;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
        '-',
      );
    },
  };
}
