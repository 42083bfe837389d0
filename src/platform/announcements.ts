/**
 * Code announces what happened (`task.claimed`, `webhook.failed`); `log.ts` makes lines of it, tests wait for it.
 * Announcing never throws and never waits. No secret goes into `fields`.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface Announcement {
  readonly name: string;
  readonly level: Level;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Announce = (name: string, fields?: Readonly<Record<string, unknown>>, level?: Level) => void;

/** A listener's failure is its own: the one who announces must not suffer from it. */
export class Announcements {
  readonly #listeners = new Set<(announcement: Announcement) => void>();

  readonly announce: Announce = (name, fields = {}, level = 'info') => {
    for (const listener of this.#listeners) {
      try {
        listener({ name, level, fields });
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };

  /** Calls `listener` for each announcement from now on; the answer ends it. */
  subscribe(listener: (announcement: Announcement) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
