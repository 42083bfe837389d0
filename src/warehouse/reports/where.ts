import type { Cell } from '../../database/database.ts';

/** A `where` under construction for statements that `Snapshot` streams: text and parameters grow together. */
export class Where {
  readonly params: Cell[] = [];
  readonly #clauses: string[] = [];

  /** A parameter's place: `$3`. Each one that is bound must be used. */
  bind(value: Cell): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }

  /** Places of several parameters, joined by commas. */
  bindAll(values: readonly Cell[]): string {
    return values.map((value) => this.bind(value)).join(', ');
  }

  and(clause: string): void {
    this.#clauses.push(clause);
  }

  /** Some column contains a text, compared character by character. */
  andContains(column: string, text: string): void {
    const literally = text.replaceAll(/[\\%_]/g, '\\$&');
    this.and(`${column} like ${this.bind(`%${literally}%`)} escape '\\'`);
  }

  get text(): string {
    return this.#clauses.join(' and ');
  }
}
