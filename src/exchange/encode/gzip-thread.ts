/** The compressing thread's program: what `gzip.ts` sends it, in order, one result after another. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type Compressed, GzipMember } from './gzip-member.ts';

/** To the thread. The buffer, and its first `length` plain bytes, move there with the message. */
export type Order =
  | {
      readonly kind: 'piece';
      readonly result: number;
      readonly buffer: ArrayBuffer;
      readonly length: number;
    }
  | { readonly kind: 'end'; readonly result: number };

/**
 * From the thread, one for each order. A piece comes back in the buffer that brought it (its first `length` bytes
 * are the stored ones now), so that a result of any size makes no garbage; only a piece that gzip could not shrink
 * comes in another.
 */
export type Answer =
  | {
      readonly kind: 'piece';
      readonly result: number;
      readonly buffer: ArrayBuffer;
      readonly length: number;
    }
  | {
      readonly kind: 'end';
      readonly result: number;
      readonly stored: Uint8Array;
      readonly compressed: Compressed;
    };

if (parentPort !== null) answerOrders(parentPort);

function answerOrders(port: MessagePort): void {
  let result: number | undefined;
  let member = new GzipMember();
  port.on('message', (order: Order) => {
    // A result that was given up has no end: the next one's first order takes its place.
    if (order.result !== result) member = new GzipMember();
    result = order.result;
    if (order.kind === 'end') {
      port.postMessage({ kind: 'end', result, ...member.end() } satisfies Answer);
      return;
    }
    const stored = member.add(new Uint8Array(order.buffer, 0, order.length));
    const fits = stored.length <= order.buffer.byteLength;
    const buffer = fits ? order.buffer : new ArrayBuffer(stored.length);
    new Uint8Array(buffer).set(stored);
    port.postMessage({ kind: 'piece', result, buffer, length: stored.length } satisfies Answer, [buffer]);
  });
}
