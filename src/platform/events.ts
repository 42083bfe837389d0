import type { AccountKey } from './ids.ts';

/** Something that happened to an object of an account: what webhooks are made of. */
export interface DomainEvent {
  readonly account: AccountKey;
  /** `async`, `product`, `demand`, …: the `entityType` of a webhook. */
  readonly entityType: string;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE' | 'PROCESSED';
  /** UUID of the object. */
  readonly id: string;
  /** Base URL (`{scheme}://{host}/api/remap/1.2`) under which the cause came in; hrefs are made with it. */
  readonly base: string;
}

/**
 * The port by which both halves announce. `record` runs inside the caller's transaction `Tx`: the change and its
 * events commit together or not at all.
 */
export interface Events<Tx> {
  record(tx: Tx, events: readonly DomainEvent[]): Promise<void>;
}
