/**
 * Delivers what the outbox holds: a lane for each webhook, so that a slow subscriber delays nobody else and each gets
 * its calls one after another, in order. At least once: a delivery that was answered but not logged is called again,
 * with the same `requestId`.
 */
import type { Database } from '../database/database.ts';
import type { Announce } from '../platform/announcements.ts';
import type { Clock, Steady } from '../platform/clock.ts';
import type { Service } from '../platform/service.ts';
import type { Call } from './attempt.ts';
import { type LoggedAttempt, loggedAttempt, type Outcome, stateAfter } from './delivery.ts';
import {
  claimLanes,
  DUE_LANES,
  type DueDelivery,
  type Lane,
  type Next,
  releaseLane,
  saveAttempt,
  takeNext,
} from './lanes.ts';
import { WEBHOOKS_CHANNEL } from './outbox.ts';
import type { DeliveryState } from './tables.ts';

/** Lanes that a process serves at once, and how many of them may be lanes whose last delivery failed. */
const LANES = 64;
const FAILING_LANES = 32;
/** A lane is held this long without a sign of life: several attempts, each of which renews it. */
export const LEASE_MS = 10_000;
/** After this a lane lets others have its place, once its delivery is settled. */
const TURN_MS = 2_000;
/** How often lanes are looked for that a dead process held. */
const POLL_MS = 1_000;

export interface DelivererOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly steady: Steady;
  readonly announce: Announce;
  /** One attempt; never rejects. */
  readonly attempt: (call: Call) => Promise<Outcome>;
}

/** The service that delivers. `stop` lets running attempts end and leaves the rest as it is. */
export function createDeliverer(options: DelivererOptions): Service {
  return new Deliverer(options);
}

/** A lane that was just claimed, and what it has first. */
interface Turn {
  readonly lane: Lane;
  readonly next: Next;
}

class Deliverer implements Service {
  readonly #options: DelivererOptions;
  readonly #running = new Map<string, { readonly lane: Lane; readonly ended: Promise<void> }>();
  #isStopping = false;
  /** The search for lanes that is under way, and whether another must follow it. */
  #search: Promise<void> | undefined;
  #isSearchStale = false;
  #forget: (() => void) | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#isStopping = false;
    this.#forget = this.#options.database.listen(WEBHOOKS_CHANNEL, () => this.#lookForLanes());
    this.#poll = setInterval(() => this.#lookForLanes(), POLL_MS);
    this.#lookForLanes();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#forget?.();
    clearInterval(this.#poll);
    await this.#search;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** One search at a time; a call during one makes another follow, since what it looks for may have come too late. */
  #lookForLanes(): void {
    if (this.#isStopping) return;
    if (this.#search !== undefined) {
      this.#isSearchStale = true;
      return;
    }
    this.#isSearchStale = false;
    this.#search = this.#startLanes()
      .catch((error: unknown) => this.#announceTrouble(error))
      .finally(() => {
        this.#search = undefined;
        if (this.#isSearchStale) this.#lookForLanes();
      });
  }

  async #startLanes(): Promise<void> {
    const { database, steady } = this.#options;
    const places = LANES - this.#running.size;
    if (places === 0) return;
    const now = steady.now();
    const due = await database.read((queries) => queries.one(DUE_LANES, [now]));
    if (due === undefined || this.#isStopping) return;
    const failing = [...this.#running.values()].filter(({ lane }) => lane.isFailing).length;
    const terms = {
      now,
      leaseUntil: now + LEASE_MS,
      places,
      failingPlaces: Math.max(0, FAILING_LANES - failing),
      held: new Set(this.#running.keys()),
    };
    const claimed = await database.write(async (tx) => {
      const turns: Turn[] = [];
      for (const lane of await claimLanes(tx, database.skipLockedText, terms))
        turns.push({ lane, next: await takeNext(tx, lane, terms.leaseUntil) });
      return turns;
    });
    for (const { lane, next } of claimed) {
      const ended = this.#serve(lane, next)
        // The lease runs out, and the lane is found again: by this process or another.
        .catch((error: unknown) => this.#announceTrouble(error, lane))
        .finally(() => {
          this.#running.delete(lane.webhook);
          this.#lookForLanes();
        });
      this.#running.set(lane.webhook, { lane, ended });
    }
  }

  /** A lane's turn: delivery after delivery, until nothing waits, the turn is over, or the process stops. */
  async #serve(lane: Lane, first: Next): Promise<void> {
    const { database, steady } = this.#options;
    const turnEndsAt = steady.now() + TURN_MS;
    let next = first;
    while (next.kind === 'due') {
      const { delivery } = next;
      const { attempt, state } = await this.#attempt(delivery);
      const saved: Next | 'released' = await database.write(async (tx) => {
        if (!(await saveAttempt(tx, lane, delivery, attempt, state))) return { kind: 'lost' };
        const isTurnOver = state !== 'PENDING' && steady.now() >= turnEndsAt;
        if (!this.#isStopping && !isTurnOver) return takeNext(tx, lane, steady.now() + LEASE_MS);
        await releaseLane(tx, lane);
        return 'released';
      });
      if (saved !== 'released' && saved.kind === 'lost') return this.#announceLost(lane, delivery);
      this.#announceAttempt(lane, delivery, attempt, state);
      if (saved === 'released') return;
      next = saved;
    }
    if (next.kind === 'empty' && next.skipped > 0)
      this.#options.announce('webhook.skipped', { ...named(lane), deliveries: next.skipped });
  }

  async #attempt(delivery: DueDelivery): Promise<{ attempt: LoggedAttempt; state: DeliveryState }> {
    const { clock, steady, attempt } = this.#options;
    const moment = clock.now();
    const startedAt = steady.now();
    const outcome = await attempt(delivery);
    return {
      attempt: loggedAttempt(outcome, moment, steady.now() - startedAt),
      state: stateAfter(outcome, delivery.attemptsLeft - 1),
    };
  }

  /** Only the url's origin is told: path and query may hold a subscriber's secret. */
  #announceAttempt(lane: Lane, delivery: DueDelivery, attempt: LoggedAttempt, state: DeliveryState): void {
    const { announce } = this.#options;
    const { status, error, ms } = attempt;
    const call = {
      ...named(lane),
      requestId: delivery.requestId,
      origin: new URL(delivery.url).origin,
      attempt: delivery.attempts.length + 1,
    };
    if (state === 'DELIVERED') announce('webhook.delivered', { ...call, status, ms });
    else if (state === 'REFUSED') announce('webhook.refused', { ...call, error }, 'warn');
    else announce('webhook.failed', { ...call, status, error, ms }, 'warn');
    if (state === 'DROPPED') announce('webhook.dropped', call, 'warn');
  }

  #announceLost(lane: Lane, { requestId }: DueDelivery): void {
    this.#options.announce('webhook.lost', { ...named(lane), requestId }, 'warn');
  }

  #announceTrouble(error: unknown, lane?: Lane): void {
    this.#options.announce('webhook.trouble', { ...(lane && named(lane)), error }, 'error');
  }
}

const named = ({ account, webhook }: Lane) => ({ account, webhook });
