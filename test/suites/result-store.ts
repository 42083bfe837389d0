/** What every result store promises, whatever keeps the bytes. */
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { ResultStore } from '../../src/exchange/ports.ts';

/** A store that nobody else uses, empty at first; closing it removes all of it. */
export interface StoreUnderTest {
  readonly store: ResultStore;
  close(): Promise<void>;
}

/** Every name that a store lists, sorted. */
export async function namesIn(store: ResultStore): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list()) names.push(name);
  return names.sort();
}

/** Tests the store that `open` makes anew for each promise. */
export function resultStoreSuite(body: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the result store on ${body}`, () => {
    let opened: StoreUnderTest;
    let store: ResultStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const put = async (
      name: string,
      pieces: readonly Uint8Array[],
      index = Buffer.from([1]),
    ): Promise<void> => {
      const writer = await store.create(name);
      for (const piece of pieces) await writer.write(piece);
      await writer.finish(index);
    };
    const bytesOf = async (name: string, start: number, end: number): Promise<Buffer | undefined> => {
      const stream = await store.read(name, start, end);
      return stream && buffer(stream);
    };
    const names = (): Promise<string[]> => namesIn(store);

    it('gives back any range of what was written, in whatever pieces', async () => {
      let count = 0;
      const example = fc
        .array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 })
        .chain((pieces) => {
          const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
          return fc.tuple(fc.constant(pieces), fc.nat(size), fc.nat(size));
        });
      await fc.assert(
        fc.asyncProperty(example, async ([pieces, one, other]) => {
          const [start, end] = one < other ? [one, other] : [other, one];
          const name = `result-${count++}`;
          await put(name, pieces);
          assert.deepEqual(await bytesOf(name, start, end), Buffer.concat(pieces).subarray(start, end));
        }),
        { numRuns: 40 },
      );
    });

    it('lets a writer use its buffer again after each write', async () => {
      const writer = await store.create('reused');
      const piece = Buffer.alloc(100_000);
      for (let i = 1; i <= 5; i++) await writer.write(piece.fill(i));
      await writer.finish(Buffer.from([1]));
      const expected = Buffer.concat([1, 2, 3, 4, 5].map((value) => Buffer.alloc(100_000, value)));
      assert.deepEqual(await bytesOf('reused', 0, 500_000), expected);
    });

    it('keeps the index beside the result, byte for byte', async () => {
      const index = Buffer.from(Array.from({ length: 9000 }, (_, i) => i % 251));
      await put('indexed', [Buffer.from('x')], index);
      assert.deepEqual(Buffer.from((await store.index('indexed'))!), index);
    });

    it('shows nothing of a result before it is finished, and lists it all the same', async () => {
      const writer = await store.create('half');
      await writer.write(Buffer.from('half'));
      assert.equal(await store.index('half'), undefined);
      assert.equal(await store.read('half', 0, 4), undefined);
      assert.deepEqual(await names(), ['half']);
      await writer.finish(Buffer.from([1]));
      assert.deepEqual(await bytesOf('half', 0, 4), Buffer.from('half'));
      assert.deepEqual(await names(), ['half']);
    });

    it('leaves nothing of an aborted result, written to or not, and aborts it as often as asked', async () => {
      for (const pieces of [[], [Buffer.from('a'), Buffer.from('b')]]) {
        const writer = await store.create(`aborted-${pieces.length}`);
        for (const piece of pieces) await writer.write(piece);
        await writer.abort();
        await writer.abort();
        assert.equal(await store.index(`aborted-${pieces.length}`), undefined);
      }
      assert.deepEqual(await names(), []);
    });

    it('never begins a second result under a name in use', async () => {
      await put('taken', [Buffer.from('first')]);
      await assert.rejects(store.create('taken'), /used before/);
      assert.deepEqual(await bytesOf('taken', 0, 5), Buffer.from('first'));
    });

    it('deletes a result whole, and one that is not there without complaint', async () => {
      await put('gone', [Buffer.from('x')]);
      await put('kept', [Buffer.from('y')]);
      await store.delete('gone');
      await store.delete('gone');
      await store.delete('never-was');
      assert.equal(await store.index('gone'), undefined);
      assert.equal(await store.read('gone', 0, 1), undefined);
      assert.deepEqual(await names(), ['kept']);
    });

    it('deletes what a dead writer left', async () => {
      const writer = await store.create('orphan');
      await writer.write(Buffer.from('x'));
      await store.delete('orphan');
      assert.deepEqual(await names(), []);
      await writer.abort();
    });

    it('finishes a read that began before the deletion', async () => {
      const plain = Buffer.alloc(2_000_000, 'report ');
      await put('read', [plain]);
      const stream = await store.read('read', 0, plain.length);
      await store.delete('read');
      assert.deepEqual(stream && (await buffer(stream)), plain);
    });

    it('reads only as far as somebody takes it', async () => {
      await put('large', [Buffer.alloc(8_000_000)]);
      const stream = await store.read('large', 0, 8_000_000);
      assert.ok(stream !== undefined);
      for await (const chunk of stream) {
        assert.ok(chunk.length <= 1_000_000);
        break;
      }
      assert.equal(stream.destroyed, true);
      assert.ok(stream.readableLength <= 1_000_000);
    });

    it('lists every name once', async () => {
      const expected = Array.from({ length: 70 }, (_, i) => `listed-${i}`).sort();
      await Promise.all(expected.map((name) => put(name, [Buffer.from(name)])));
      assert.deepEqual(await names(), expected);
    });

    it('takes no name that leads elsewhere, and finds nothing under one', async () => {
      for (const name of [
        '',
        '.',
        '..',
        '../out',
        'a/b',
        'a\\b',
        '/etc/passwd',
        'a\0b',
        '.hidden',
        'x'.repeat(300),
      ]) {
        await assert.rejects(store.create(name), TypeError);
        assert.equal(await store.index(name), undefined);
        assert.equal(await store.read(name, 0, 1), undefined);
        await store.delete(name);
      }
      assert.deepEqual(await names(), []);
    });
  });
}
