/** In an export's process: one answer, read in one snapshot, encoded, compressed and stored under the attempt's name. */
import type { Gzip } from './encode/gzip.ts';
import { encodeAll } from './encode/json.ts';
import type { BuildOrder, Built } from './messages.ts';
import type { Opened, ResultStore, Source } from './ports.ts';

export interface Builder {
  readonly source: Source;
  readonly store: ResultStore;
  readonly gzip: Gzip;
  /** Called before a file is made and before each piece of it: an orphan must not go on. */
  readonly stopOrphan: () => void;
}

/** Builds and stores; nothing of it is left when it throws. `onRows` hears of the beginning and of each piece. */
export function buildResult(
  { source, store, gzip, stopOrphan }: Builder,
  { request, name }: BuildOrder,
  signal: AbortSignal,
  onRows: (rows: number, total: number) => void,
): Promise<Built> {
  return source.open(request, undefined, signal, async (opened): Promise<Built> => {
    signal.throwIfAborted();
    stopOrphan();
    const writer = await store.create(name);
    const result = gzip.begin(async (stored) => {
      signal.throwIfAborted();
      stopOrphan();
      await writer.write(stored);
    });
    try {
      onRows(0, opened.total);
      const rows = await encodeAll(opened, result, (written) => onRows(written, opened.total));
      assertComplete(opened, rows);
      const { index, ...stored } = await result.end();
      await writer.finish(index);
      return { kind: 'built', stored: { name, ...stored }, rows, snapshot: opened.snapshot };
    } catch (error) {
      await result.abandon();
      await writer.abort();
      throw error;
    }
  });
}

/** The head has said how many rows there are: a file with another number of them would lie. */
function assertComplete({ total }: Opened, rows: number): void {
  if (rows !== total) throw new Error(`the source announced ${total} rows and gave ${rows}`);
}
