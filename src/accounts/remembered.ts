/** A bounded memory of things that may be forgotten: the oldest goes when it is full, each after its time. */
import type { Steady } from '../platform/clock.ts';

export interface MemoryBounds {
  readonly maxEntries: number;
  readonly lifetimeMs: number;
}

export class Remembered<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #bounds: MemoryBounds;
  readonly #steady: Steady;

  constructor(bounds: MemoryBounds, steady: Steady) {
    this.#bounds = bounds;
    this.#steady = steady;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#steady.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** How long `key` is still remembered; 0 when it is not. */
  msLeft(key: string): number {
    return Math.max(0, (this.#entries.get(key)?.until ?? 0) - this.#steady.now());
  }

  /** Remembers for a whole lifetime from now. */
  set(key: string, value: Value): void {
    this.#put(key, value, this.#steady.now() + this.#bounds.lifetimeMs);
  }

  /** Changes what is remembered and leaves its end as it was; new keys live a whole lifetime. */
  update(key: string, change: (value: Value | undefined) => Value): Value {
    const value = change(this.get(key));
    this.#put(key, value, this.#entries.get(key)?.until ?? this.#steady.now() + this.#bounds.lifetimeMs);
    return value;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  #put(key: string, value: Value, until: number): void {
    // Deleted first, so that the map's order is the order of writing.
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
    if (this.#entries.size <= this.#bounds.maxEntries) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
