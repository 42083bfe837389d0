/** The thread of `checkpoints.ts`: moves the write-ahead log into the database file, away from the event loop. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Tries to cut the log off, and the pause between them in ms: each needs a moment without writer and snapshot. */
const CUT_TRIES_MAX = 10;
const CUT_PAUSE_MS = 5;

/** What became of the log. */
export interface CheckpointResult {
  /** Everything is in the database file. */
  readonly isMoved: boolean;
  /** The log's file is empty. */
  readonly isCut: boolean;
}

if (parentPort === null) throw new Error('checkpoint-thread is a worker thread');
const port = parentPort;
// No waiting inside SQLite: a cut that waits for a snapshot would hold the writers' lock meanwhile.
const database = new DatabaseSync(String(workerData), { timeout: 0, returnArrays: true });
database.exec('pragma synchronous = full; pragma mmap_size = 0');
const nobody = new Int32Array(new SharedArrayBuffer(4));

port.on('message', (order: 'checkpoint' | 'close') => {
  if (order === 'close') {
    database.close();
    port.close();
  } else port.postMessage(checkpoint());
});

function checkpoint(): CheckpointResult {
  // Passive first: it disturbs nobody, and leaves next to nothing for the cut to do under the lock.
  const isMoved = run('passive');
  if (!isMoved) return { isMoved, isCut: false };
  for (let tries = 1; tries <= CUT_TRIES_MAX; tries++) {
    if (run('truncate')) return { isMoved, isCut: true };
    Atomics.wait(nobody, 0, 0, CUT_PAUSE_MS);
  }
  return { isMoved, isCut: false };
}

/** Whether all frames of the log were moved, and nobody was in the way. */
function run(mode: 'passive' | 'truncate'): boolean {
  // `returnArrays` makes rows arrays; the type declarations know objects only.
  const [row] = database.prepare(`pragma wal_checkpoint(${mode})`).all() as unknown as [
    number,
    number,
    number,
  ][];
  const [busy, frames, moved] = row!;
  return busy === 0 && frames === moved;
}
