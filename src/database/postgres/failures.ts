import { CheckViolation, DatabaseBusy, UniqueViolation } from '../database.ts';

const UNIQUE = '23505';
const CHECK = '23514';
/** Somebody else's lock was not free in time. */
const LOCK_TIMEOUT = '55P03';
/** Serialization failure, deadlock: nothing was done, and the same transaction may succeed now. */
const REPEATABLE = new Set(['40001', '40P01']);
/** The server went away, or is not there yet. */
const UNREACHABLE = new Set(['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the transaction lost against another one and may be tried again from its start. */
export const isRepeatable = (error: unknown): boolean => REPEATABLE.has(codeOf(error));

/** Whether the connection, not the statement, is to blame. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code.startsWith('08') || UNREACHABLE.has(code)) return true;
  // `pg` has no code for these two.
  return error instanceof Error && /Connection terminated|not queryable/.test(error.message);
}

/** The error as the face promises it. */
export function translated(error: unknown): unknown {
  const code = codeOf(error);
  if (code === UNIQUE) return new UniqueViolation(reasonOf(error), { cause: error });
  if (code === CHECK) return new CheckViolation(reasonOf(error), { cause: error });
  if (code === LOCK_TIMEOUT) return new DatabaseBusy(reasonOf(error), { cause: error });
  return error;
}

/** What went wrong in words; a connection tried at several addresses keeps its errors inside. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
