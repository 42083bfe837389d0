import type { Announcement, Announcements } from '../../src/platform/announcements.ts';

type Where = Readonly<Record<string, unknown>>;

/** Remembers every announcement: a test waits for what is announced, before or after it asks. */
export class Witness {
  readonly log: Announcement[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(announcements: Announcements) {
    announcements.subscribe((announcement) => {
      this.log.push(announcement);
      for (const look of this.#waiting) look();
    });
  }

  /** The announcements so far by this name whose fields are these. */
  all(name: string, where: Where = {}): Announcement[] {
    return this.log.filter(
      (one) => one.name === name && Object.entries(where).every(([key, value]) => one.fields[key] === value),
    );
  }

  /** Resolves with the `count`th announcement of the name with these fields. */
  saw(name: string, where: Where = {}, count = 1): Promise<Announcement> {
    const { promise, resolve } = Promise.withResolvers<Announcement>();
    const look = (): void => {
      const found = this.all(name, where)[count - 1];
      if (found === undefined) return;
      this.#waiting.delete(look);
      resolve(found);
    };
    this.#waiting.add(look);
    look();
    return promise;
  }
}
