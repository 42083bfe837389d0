import { AsyncLocalStorage } from 'node:async_hooks';

interface Running {
  readonly database: object;
  hasEnded: boolean;
}

const running = new AsyncLocalStorage<Running>();

/** Throws inside the work of a write transaction of `database`: a second one would wait for the first for ever. */
export function refuseNestedWrite(database: object): void {
  const current = running.getStore();
  if (current?.database === database && !current.hasEnded)
    throw new Error('write inside write: use the transaction that the work received');
}

/** Runs the work of a write transaction so that `refuseNestedWrite` knows of it. */
export async function insideWrite<T>(database: object, work: () => Promise<T>): Promise<T> {
  const current: Running = { database, hasEnded: false };
  try {
    return await running.run(current, work);
  } finally {
    // Timers and loops that the work started outlive it and inherit its context: they may write.
    current.hasEnded = true;
  }
}
