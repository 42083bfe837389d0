/** Reading of a request body: where we are in it, what was wrong so far, and what its references lead to. */
import { type JsonPath, type Problem, problem } from '../../contract/errors.ts';
import type { Zone } from '../../contract/zones.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Defaults } from './defaults.ts';
import type { Table } from './kind.ts';

/** An object that a body refers to. */
export interface Found {
  readonly kind: string;
  readonly table: Table;
  /** Key in its table. */
  readonly id: number;
  readonly uuid: string;
}

/** The objects that the references of a body lead to, looked up all at once before it is read. */
export interface References {
  find(uuid: string): Found | undefined;
  /** Whether the API has objects of this type at all. */
  knows(type: string): boolean;
}

/** What is the same for the whole body. */
export interface ReadingParts {
  readonly references: References;
  readonly defaults: Defaults;
  readonly zone: Zone;
  readonly ids: Ids;
}

/** A place in a body. Problems found below it are gathered in one list: they are answered together. */
export class Reading {
  readonly parts: ReadingParts;
  /** The innermost field: `parameter` of errors. */
  readonly name: string;
  readonly path: JsonPath;
  readonly problems: Problem[];

  constructor(parts: ReadingParts, name = '', path: JsonPath = [], problems: Problem[] = []) {
    this.parts = parts;
    this.name = name;
    this.path = path;
    this.problems = problems;
  }

  /** The same reading at a field or an element below. */
  at(step: string | number): Reading {
    const name = typeof step === 'string' ? step : this.name;
    return new Reading(this.parts, name, [...this.path, step], this.problems);
  }

  /** Details for a problem at this place. */
  get place(): { readonly parameter: string; readonly path: JsonPath } {
    return { parameter: this.name, path: this.path };
  }

  /** Notes a problem; undefined stands for the value that could not be read. */
  refuse(found: Problem): undefined {
    this.problems.push(found);
    return undefined;
  }

  wrongType(type: string): undefined {
    return this.refuse(problem(2016, [this.name, type], this.place));
  }
}

/** A JSON object, as opposed to an array, null or an atom. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
