/** Branded ids: a task's id cannot be handed in where an account is asked for. */
import { randomBytes, randomUUID } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** The small integer that begins every key. Never leaves the process. */
export type AccountKey = Branded<number, 'AccountKey'>;
/** A task's public id: a UUID. */
export type TaskId = Branded<string, 'TaskId'>;

export const accountKey = (value: number): AccountKey => value as AccountKey;
export const taskId = (value: string): TaskId => value as TaskId;

/** Where ids come from: random in production, from a seed in the sandbox and in tests. */
export interface Ids {
  /** A lower-case UUID. */
  uuid(): string;
  /** `bytes` random bytes, for secrets. */
  secret(bytes: number): Buffer;
}

export const randomIds: Ids = { uuid: randomUUID, secret: randomBytes };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a UUID, in either case. */
export const isUuid = (text: string): boolean => UUID.test(text);
