/** What crosses the border between a serving process and the processes it forks. Rows never do. */
import type { SourceRequest, StoredResult, Window } from './ports.ts';
import type { TaskResult } from './task.ts';

/** The first message to a child. */
export interface Setup {
  readonly kind: 'setup';
  /** A child whose parent is another one is an orphan, and ends. */
  readonly parentPid: number;
  /** Exports are niced and write results; pages are neither. */
  readonly duty: 'exports' | 'pages';
  /** URL of the source's module, and what its opener is given. */
  readonly module: string;
  readonly config: unknown;
  /** URL of the result store. */
  readonly results: string;
}

/** Build the whole answer and store it under `name`. */
export interface BuildOrder {
  readonly kind: 'build';
  readonly request: SourceRequest;
  readonly name: string;
}

/** Answer with a window's bytes. */
export interface PageOrder {
  readonly kind: 'page';
  readonly request: SourceRequest;
  readonly window: Window;
}

export type Order = BuildOrder | PageOrder;

export type ToChild =
  | Setup
  | { readonly kind: 'order'; readonly job: number; readonly order: Order }
  | { readonly kind: 'cancel'; readonly job: number };

export interface Built {
  readonly kind: 'built';
  readonly stored: StoredResult;
  readonly rows: number;
  readonly snapshot: TaskResult['snapshot'];
}

/** How a job ended inside the child. */
export type Answer =
  | Built
  | { readonly kind: 'page'; readonly body: Uint8Array }
  | { readonly kind: 'refused'; readonly status: number; readonly errors: readonly object[] }
  /** The result store is full or away. */
  | { readonly kind: 'stalled'; readonly cause: Error }
  | { readonly kind: 'failed'; readonly cause: Error }
  | { readonly kind: 'cancelled' };

/** Rows written so far, and the child's own word on its memory where the parent cannot look. */
export interface ProgressReport {
  readonly rows: number;
  readonly total: number;
  readonly residentBytes: number;
}

export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly cause: Error }
  | { readonly kind: 'progress'; readonly job: number; readonly progress: ProgressReport }
  | { readonly kind: 'answer'; readonly job: number; readonly answer: Answer };
