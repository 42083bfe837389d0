import type { Database, Writing } from '../../database/database.ts';
import type { Clock, Steady } from '../../platform/clock.ts';
import type { Events } from '../../platform/events.ts';
import type { Ids } from '../../platform/ids.ts';

/** What the statements on tasks need: where, when, and whom to tell. */
export interface TaskContext {
  readonly database: Database;
  readonly events: Events<Writing>;
  readonly clock: Clock;
  readonly steady: Steady;
  readonly ids: Ids;
  readonly limits: QueueLimits;
}

export interface QueueLimits {
  /** PENDING and PROCESSING tasks of an account. */
  readonly maxUnfinished: number;
  /** PROCESSING tasks of an account. */
  readonly maxRunning: number;
  /** How long a runner may be silent before its tasks are taken from it, in ms (Steady). */
  readonly leaseMs: number;
  /** How long a result is kept after its task has finished, in ms (Clock). */
  readonly resultLifeMs: number;
  /** How long a task's record is kept after its creation, in ms (Clock). */
  readonly recordLifeMs: number;
}
