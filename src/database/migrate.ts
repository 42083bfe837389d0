/** A room's migration: statements with `{…}` where the engines name things differently, see `Dialect`. */
export interface Migration {
  /** Unique and sorted within the room: `0001-tasks`. */
  readonly name: string;
  /**
   * Common DDL with tokens: `{int}` 64-bit integer, `{text}` text compared by bytes, `{bytes}` a blob, `{real}`;
   * `{rowid}` declares the hidden integer primary key of a wide table; `{clustered}` ends a table that is stored by
   * its primary key (SQLite `WITHOUT ROWID`).
   */
  readonly statements: readonly string[];
}

export interface RoomMigrations {
  readonly room: string;
  readonly migrations: readonly Migration[];
}
