/** A delivery and how it goes on after an attempt. Pure. JSON API 1.2, Webhooks: 1500 ms, 200 or 204, three repeats. */
import type { DeliveryState } from './tables.ts';

/** The first attempt and three more at once. */
export const ATTEMPTS = 4;

/** What came of one attempt. */
export type Outcome =
  /** Answered: `accepted` with 200 or 204, else `failed`. `answer` is the head of the answer's body. */
  | { readonly kind: 'accepted' | 'failed'; readonly status: number; readonly answer?: string }
  /** Not answered. */
  | { readonly kind: 'failed'; readonly error: string }
  /** The guard forbade it: nothing was sent. */
  | { readonly kind: 'refused'; readonly error: string };

/** An attempt as the delivery log keeps it. */
export interface LoggedAttempt {
  /** When it began, ms of the Clock. */
  readonly moment: number;
  /** How long it took. */
  readonly ms: number;
  readonly status?: number;
  readonly error?: string;
  readonly answer?: string;
}

/** An attempt's line in the log. */
export function loggedAttempt(outcome: Outcome, moment: number, ms: number): LoggedAttempt {
  const { kind: _, ...told } = outcome;
  return { moment, ms, ...told };
}

/** What a delivery becomes by an outcome when it may take `attemptsLeft` more. */
export function stateAfter(outcome: Outcome, attemptsLeft: number): DeliveryState {
  if (outcome.kind === 'accepted') return 'DELIVERED';
  // Not repeated: what is forbidden now is forbidden a millisecond later.
  if (outcome.kind === 'refused') return 'REFUSED';
  return attemptsLeft > 0 ? 'PENDING' : 'DROPPED';
}
