/** Webhooks over a real database: subscribe, let events happen, await what is announced, read the delivery log. */
import { EventEmitter, once } from 'node:events';
import type { Database } from '../../src/database/database.ts';
import { type Announcement, Announcements } from '../../src/platform/announcements.ts';
import { steadyClock, systemClock } from '../../src/platform/clock.ts';
import type { DomainEvent } from '../../src/platform/events.ts';
import { accountKey, randomIds } from '../../src/platform/ids.ts';
import type { LoggedAttempt } from '../../src/webhooks/delivery.ts';
import {
  createWebhooks,
  type Manager,
  type Webhooks,
  type WebhooksOptions,
} from '../../src/webhooks/index.ts';

export const base = 'https://waybill.example/api/remap/1.2';
export const manager: Manager = {
  account: accountKey(1),
  accountId: '6c240ac7-a683-11eb-ac12-000c00000000',
  administrator: true,
};

/** What was announced, to be awaited. */
export class Heard {
  readonly all: Announcement[] = [];
  readonly #arrivals = new EventEmitter().setMaxListeners(0);

  constructor(announcements: Announcements) {
    announcements.subscribe((announcement) => {
      this.all.push(announcement);
      this.#arrivals.emit('announcement');
    });
  }

  named(name: string): Announcement[] {
    return this.all.filter((each) => each.name === name);
  }

  /** Resolves once so many announcements of this name have been made in all. */
  async until(name: string, count: number): Promise<void> {
    while (this.named(name).length < count) await once(this.#arrivals, 'announcement');
  }
}

export type Arranged = Webhooks & { readonly heard: Heard };

/** The room as `app.ts` wires it, with real clocks; nothing is allowed and no name resolves unless said. */
export function arrange(database: Database, options: Partial<WebhooksOptions> = {}): Arranged {
  const announcements = new Announcements();
  const heard = new Heard(announcements);
  const webhooks = createWebhooks({
    database,
    clock: systemClock(),
    steady: steadyClock(),
    ids: randomIds,
    announce: announcements.announce,
    allow: [],
    entityTypes: ['product'],
    version: '0.0.0',
    resolvePublic: async (host) => {
      throw new Error(`no address for ${host}`);
    },
    // Longer than any test: an attempt ends when the receiver says so, unless the test is about time-outs.
    attemptMs: 60_000,
    ...options,
  });
  return { ...webhooks, heard };
}

/** The end of a task, with an id that tells which. */
export const processed = (number: number, changes: Partial<DomainEvent> = {}): DomainEvent => ({
  account: manager.account,
  entityType: 'async',
  action: 'PROCESSED',
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  base,
  ...changes,
});

/** Lets events happen in a transaction of their own. */
export const happen = (database: Database, { events }: Webhooks, ...happened: DomainEvent[]): Promise<void> =>
  database.write((tx) => events.record(tx, happened));

export interface LoggedDelivery {
  readonly webhook: string;
  readonly number: number;
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts_left: number;
  readonly events: string;
  readonly attempts: readonly LoggedAttempt[];
}

/** The delivery log of an account, oldest first within each webhook. */
export async function deliveryLog(
  database: Database,
  account: number = manager.account,
): Promise<LoggedDelivery[]> {
  const rows = await database.read((queries) =>
    queries.all<Omit<LoggedDelivery, 'attempts'> & { attempts: string }>(
      `select webhook, number, id, state, reason, attempts_left, events, attempts from webhook_delivery
       where account = $1 order by webhook, number`,
      [account],
    ),
  );
  return rows.map((row) => ({ ...row, attempts: JSON.parse(row.attempts) }));
}
