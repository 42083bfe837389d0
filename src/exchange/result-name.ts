import { isUuid, type TaskId, taskId } from '../platform/ids.ts';

/** One attempt at a task: what a file is named after. */
export interface NamedAttempt {
  readonly id: TaskId;
  readonly attempt: number;
}

/** The name of the file that an attempt writes. No two attempts share one: a late writer harms nobody. */
export const resultName = ({ id, attempt }: NamedAttempt): string => `${id}-${attempt}`;

/** Whose file it is; undefined for a name that is none of ours. */
export function attemptOf(name: string): NamedAttempt | undefined {
  const match = /^(.{36})-([1-9]\d{0,9})$/.exec(name);
  const id = match?.[1];
  if (id === undefined || !isUuid(id) || id !== id.toLowerCase()) return undefined;
  return { id: taskId(id), attempt: Number(match?.[2]) };
}
