import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { startGzip } from '../../../src/exchange/encode/gzip.ts';
import { type Compressed, GzipMember } from '../../../src/exchange/encode/gzip-member.ts';
import { BUFFER_BYTES } from '../../../src/exchange/encode/json.ts';
import { readPieceIndex } from '../../../src/exchange/encode/piece-index.ts';

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const MOST_UNDER_WAY = 4;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 2000 }),
  fc.string({ minLength: 1, maxLength: 50 }).map((text) => Buffer.from(text.repeat(100))),
);
const pieces = fc.array(piece, { maxLength: 6 });

function compress(plain: readonly Uint8Array[]): { stored: Buffer; compressed: Compressed } {
  const member = new GzipMember();
  const parts = plain.map((bytes) => Buffer.from(member.add(bytes)));
  const { stored, compressed } = member.end();
  return { stored: Buffer.concat([...parts, stored]), compressed };
}

/** What every law of a stored result comes down to, by zlib's own reading. */
function assertWhole(stored: Buffer, compressed: Compressed, plain: Buffer): void {
  assert.deepEqual(gunzipSync(stored), plain);
  assert.equal(compressed.bytes, plain.length);
  assert.equal(compressed.sha256, sha256(plain));
  assert.equal(compressed.storedBytes, stored.length);
  assert.equal(compressed.storedSha256, sha256(stored));
}

describe('a gzip member made of pieces', () => {
  it('inflates to what went in, with the right sizes and digests', () => {
    fc.assert(
      fc.property(pieces, (plain) => {
        const { stored, compressed } = compress(plain);
        assertWhole(stored, compressed, Buffer.concat(plain));
      }),
    );
  });

  it('is exactly one: the first member holds all, and not a byte follows it', () => {
    fc.assert(
      fc.property(pieces, (plain) => {
        const { stored } = compress(plain);
        const deflated = stored.subarray(HEADER_BYTES, -TRAILER_BYTES);
        // Raw inflation stops at the first last block, as a reader of the first member does.
        assert.deepEqual(inflateRawSync(deflated), Buffer.concat(plain));
        // Without its last byte it is unfinished, so that the stream ends right before the trailer.
        assert.throws(() => inflateRawSync(deflated.subarray(0, -1)), { code: 'Z_BUF_ERROR' });
      }),
    );
  });

  it('lets each piece inflate alone, where the index says', () => {
    fc.assert(
      fc.property(pieces, (plain) => {
        const { stored, compressed } = compress(plain);
        const index = readPieceIndex(compressed.index);
        assert.equal(index.length, plain.length);
        for (const [i, { plainStart, plainEnd, storedStart, storedEnd }] of index.entries()) {
          const bytes = inflateRawSync(stored.subarray(storedStart, storedEnd), {
            finishFlush: constants.Z_SYNC_FLUSH,
          });
          assert.deepEqual(bytes, Buffer.from(plain[i]!));
          assert.deepEqual(bytes, Buffer.concat(plain).subarray(plainStart, plainEnd));
        }
      }),
    );
  });

  it('makes the same bytes of the same pieces', () => {
    const plain = [Buffer.from('a'.repeat(5000)), Buffer.from('b')];
    assert.deepEqual(compress(plain).stored, compress(plain).stored);
  });
});

describe('the compressing thread', () => {
  const gzip = startGzip();
  after(() => gzip.close());

  const fill = (text: string): [Buffer<ArrayBuffer>, number] => {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return [buffer, buffer.write(text)];
  };

  it('makes one result after another, each whole and in order', async () => {
    for (const seed of [1, 2]) {
      const written: Buffer[] = [];
      const plain: Buffer[] = [];
      const result = gzip.begin(async (stored) => {
        written.push(Buffer.from(stored));
      });
      for (let i = 0; i < 20; i++) {
        const buffer = await result.empty();
        const length = buffer.write(`${seed} ${i} `.repeat(1000 + i));
        plain.push(Buffer.from(buffer.subarray(0, length)));
        result.full(buffer, length);
      }
      const compressed = await result.end();
      assertWhole(Buffer.concat(written), compressed, Buffer.concat(plain));
    }
  });

  it('takes pieces that gzip cannot shrink and buffers of another size', async () => {
    const written: Buffer[] = [];
    const result = gzip.begin(async (stored) => {
      written.push(Buffer.from(stored));
    });
    // Digests in a row: to deflate they are noise.
    const noise = Buffer.concat(
      Array.from({ length: 100 }, (_, i) => createHash('sha256').update(`${i}`).digest()),
    );
    const exact = Buffer.from(new Uint8Array(noise).buffer);
    const larger = Buffer.alloc(BUFFER_BYTES * 2, 'long row ');
    const plain = Buffer.concat([noise, larger]);
    result.full(exact, exact.length);
    result.full(larger, larger.length);
    const compressed = await result.end();
    assertWhole(Buffer.concat(written), compressed, plain);
  });

  it('keeps a bounded number of pieces under way, however slow the store', async () => {
    let given = 0;
    let written = 0;
    let most = 0;
    const result = gzip.begin(async () => {
      most = Math.max(most, given - written);
      await new Promise(setImmediate);
      written++;
    });
    for (let i = 0; i < 30; i++) {
      const buffer = await result.empty();
      given++;
      most = Math.max(most, given - written);
      result.full(buffer, buffer.write(`${i}`));
    }
    await result.end();
    assert.equal(most, MOST_UNDER_WAY);
  });

  it('tells of a store that failed, at the next buffer or at the end, and works on', async () => {
    const failure = new Error('no space');
    const broken = gzip.begin(() => Promise.reject(failure));
    broken.full(...fill('a'));
    await assert.rejects(broken.end(), failure);

    const waiting = gzip.begin(() => Promise.reject(failure));
    for (let i = 0; i < MOST_UNDER_WAY; i++) waiting.full(await waiting.empty().then(() => fill('b')[0]), 1);
    await assert.rejects(waiting.empty(), failure);
    await waiting.abandon();

    const written: Buffer[] = [];
    const next = gzip.begin(async (stored) => {
      written.push(Buffer.from(stored));
    });
    next.full(...fill('good'));
    const compressed = await next.end();
    assertWhole(Buffer.concat(written), compressed, Buffer.from('good'));
  });

  it('writes nothing more of a result that was given up', async () => {
    let writes = 0;
    const result = gzip.begin(async () => {
      writes++;
    });
    for (let i = 0; i < 3; i++) result.full(...fill('c'));
    await result.abandon();
    const before = writes;
    const next = gzip.begin(async () => {});
    next.full(...fill('d'));
    await next.end();
    assert.equal(writes, before);
  });

  it('refuses a second result while one is under way', async () => {
    const first = gzip.begin(async () => {});
    assert.throws(() => gzip.begin(async () => {}), /one result at a time/);
    await first.abandon();
  });

  it('fails a result when the thread has died', async () => {
    const dead = startGzip();
    const result = dead.begin(async () => {});
    result.full(...fill('e'));
    await dead.close();
    await assert.rejects(result.end(), /the compressing thread ended/);
    await assert.rejects(dead.begin(async () => {}).empty(), /the compressing thread ended/);
  });
});
