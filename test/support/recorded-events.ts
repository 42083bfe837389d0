/** Keeps events in a table, so that a test sees what committed and with what. */
import type { Database, Writing } from '../../src/database/database.ts';
import type { RoomMigrations } from '../../src/database/migrate.ts';
import type { DomainEvent, Events } from '../../src/platform/events.ts';

export const recordedEventMigrations: RoomMigrations = {
  room: 'recorded-events',
  migrations: [
    {
      name: '0001-events',
      statements: [
        `create table recorded_event (account {int} not null, entity_type {text} not null, action {text} not null,
          id {text} not null, base {text} not null)`,
        `create index recorded_event_id on recorded_event (id)`,
      ],
    },
  ],
};

export const recordingEvents: Events<Writing> = {
  async record(tx, events) {
    for (const { account, entityType, action, id, base } of events) {
      await tx.run(
        'insert into recorded_event (account, entity_type, action, id, base) values ($1, $2, $3, $4, $5)',
        [account, entityType, action, id, base],
      );
    }
  },
};

/** The events of one object, sorted by action. */
export async function recordedEvents(database: Database, id: string): Promise<DomainEvent['action'][]> {
  const rows = await database.read((queries) =>
    queries.all<{ action: DomainEvent['action'] }>(
      'select action from recorded_event where id = $1 order by action',
      [id],
    ),
  );
  return rows.map(({ action }) => action);
}
