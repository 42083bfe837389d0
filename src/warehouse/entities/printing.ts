/** What printing an object needs beside its row: gathered once for a page of rows. */
import type { Zone } from '../../contract/zones.ts';
import type { Defaults } from './defaults.ts';
import type { Table } from './kind.ts';

/** An object by type and id. */
export interface Link {
  readonly kind: string;
  readonly uuid: string;
}

export interface Printing {
  readonly base: string;
  readonly zone: Zone;
  readonly accountId: string;
  readonly defaults: Defaults;
  /** What the keys in reference columns lead to. */
  readonly links: Readonly<Record<Table, ReadonlyMap<number, Link>>>;
  /** Number of positions by document. */
  readonly sizes: ReadonlyMap<number, number>;
}
