/**
 * The exchange's tables. Moments named `…_at` are the Clock's (what users see); `not_before`, `lease_until`,
 * `waiting_since`, `attempt_since` and `stalled_since` are the Steady's (what machines run by).
 */
import type { RoomMigrations } from '../../database/migrate.ts';
import type { State } from '../task.ts';

/**
 * One row per account. Every move of a task changes it first, so the moves of an account are serial and its counts
 * cannot race.
 */
export interface QueueTable {
  account: number;
  /** PENDING and PROCESSING. */
  unfinished: number;
  /** PROCESSING. */
  running: number;
  /** Tasks ever admitted: the number of the last one. */
  tasks: number;
  /** Changes of state ever made. Taken under this row's lock, so none commits behind a later one. */
  events: number;
  /**
   * Since when the account waits to be served (Steady): since its first waiting task came, or since one of its tasks
   * was started or stopped running, whichever is later. The longest waiting goes first. Lies ahead when all of its
   * waiting tasks are paused; may be too early then, never too late.
   */
  waiting_since: number;
  /** No task with this number or a lower one is PENDING: claims look above it only. */
  watermark: number;
}

export interface TaskTable {
  account: number;
  /** Counts up within the account, in the order of admission. */
  id: number;
  uuid: string;
  state: State;
  owner_type: 'employee' | 'application';
  owner_id: string;
  /** `SourceRequest` as JSON. */
  request: string;
  /** The URL of the request, by which lists filter and sort. */
  request_url: string;
  created_at: number;
  /** Of the last attempt. */
  started_at: number | null;
  finished_at: number | null;
  /** Of the result; null while there is none. */
  deletion_at: number | null;
  /** The account's event that made the task what it is. */
  event: number;
  attempt: number;
  /** Attempts that ended because the child died or the source threw. */
  failures: number;
  /** Attempts that ended because their runner was lost. */
  lapses: number;
  /** Since when attempts end because the result store is full or away. */
  stalled_since: number | null;
  not_before: number;
  lease_until: number | null;
  /** Identity of the process that builds it, one per process start. */
  runner: string | null;
  attempt_since: number | null;
  progress_rows: number;
  progress_total: number | null;
  /** `{status, errors}` as JSON, API_ERROR only. */
  refusal: string | null;
  /** The id under which the log has the cause, ERROR only. */
  failure: string | null;
  /** The result's number, DONE only. */
  result: number | null;
}

/** A finished file. Not part of the task, so that one file can serve several tasks. */
export interface ResultTable {
  account: number;
  /** The number of the task that built it. */
  id: number;
  /** Its name in the result store. */
  name: string;
  rows: number;
  bytes: number;
  sha256: string;
  stored_bytes: number;
  stored_sha256: string;
  format: 'json';
  snapshot_sequence: number;
  snapshot_moment: number;
  deletion_at: number;
  /** 1 once the file is gone; the row stays as long as a task may tell of it. */
  swept: number;
}

/** Secrets that every process needs: a row of `link` where they share no folder. */
export interface SecretTable {
  name: string;
  value: string;
}

export interface ExchangeTables {
  queue: QueueTable;
  task: TaskTable;
  result: ResultTable;
  secret: SecretTable;
}

export const exchangeMigrations: RoomMigrations = {
  room: 'exchange',
  migrations: [
    {
      name: '0001-tasks',
      statements: [
        `create table queue (account {int} not null primary key, unfinished {int} not null,
          running {int} not null, tasks {int} not null, events {int} not null, waiting_since {int} not null,
          watermark {int} not null)`,
        // The next account to serve: only those with something waiting, in the order of fairness.
        `create index queue_waiting on queue (waiting_since, account) where unfinished > running`,
        `create table task (account {int} not null, id {int} not null, uuid {text} not null,
          state {text} not null, owner_type {text} not null, owner_id {text} not null, request {text} not null,
          request_url {text} not null, created_at {int} not null, started_at {int}, finished_at {int},
          deletion_at {int}, event {int} not null, attempt {int} not null, failures {int} not null,
          lapses {int} not null, stalled_since {int}, not_before {int} not null, lease_until {int}, runner {text},
          attempt_since {int}, progress_rows {int} not null, progress_total {int}, refusal {text}, failure {text},
          result {int}, primary key (account, id))`,
        `create unique index task_uuid on task (uuid)`,
        // Lists: newest first, or by deletionDate; counts and filters on state and deletionDate read it alone.
        `create index task_created on task (account, created_at, id, state, deletion_at)`,
        // Leases that ran out, over all accounts. Not "where state = 'PROCESSING'": PostgreSQL would take it for moves
        // too, and pass over the dead entries of all leases that ever were while a snapshot is held.
        `create index task_lease on task (lease_until) where lease_until is not null`,
        // Records that have lived their time, over all accounts.
        `create index task_record on task (created_at)`,
        `create table result (account {int} not null, id {int} not null, name {text} not null, rows {int} not null,
          bytes {int} not null, sha256 {text} not null, stored_bytes {int} not null, stored_sha256 {text} not null,
          format {text} not null, snapshot_sequence {int} not null, snapshot_moment {int} not null,
          deletion_at {int} not null, swept {int} not null, primary key (account, id))`,
        `create unique index result_name on result (name)`,
        // Files that have lived their time, and later their rows.
        `create index result_due on result (swept, deletion_at)`,
        `create table secret (name {text} not null primary key, value {text} not null)`,
      ],
    },
  ],
};
