/**
 * Every error that the API can answer with, as one table: code → HTTP status and text in both languages (contract:
 * The error codes). The sections lie in `errors/`, one code a line; `{0}`, `{1}` … stand for what a message names.
 */
import { body } from './errors/body.ts';
import { catalog } from './errors/catalog.ts';
import { documents } from './errors/documents.ts';
import { exchange } from './errors/exchange.ts';
import { general } from './errors/general.ts';
import { ours } from './errors/ours.ts';
import { principals } from './errors/principals.ts';
import { reports } from './errors/reports.ts';
import { validation } from './errors/validation.ts';
import { webhooks } from './errors/webhooks.ts';
import type { Meta } from './meta.ts';

/** A text in both languages of the API. */
export interface Words {
  readonly en: string;
  readonly ru: string;
}
export type Language = keyof Words;

/** One line of the table. */
export interface ErrorEntry extends Words {
  readonly status: number;
}

// An intersection, because the type of a spread would turn the codes into strings.
type Table = typeof general &
  typeof body &
  typeof validation &
  typeof catalog &
  typeof documents &
  typeof reports &
  typeof principals &
  typeof webhooks &
  typeof exchange &
  typeof ours;

const table: Table = {
  ...general,
  ...body,
  ...validation,
  ...catalog,
  ...documents,
  ...reports,
  ...principals,
  ...webhooks,
  ...exchange,
  ...ours,
};

export type ErrorCode = keyof typeof table;

/** Every code with its status and texts, ascending: for the docs, the OpenAPI document and tests. */
export const errorTable: ReadonlyMap<number, ErrorEntry> = new Map(
  Object.entries(table).map(([code, entry]) => [Number(code), entry]),
);

/** What fills a place in a message; `Words` where the detail itself is a sentence. */
export type Arg = string | number | Words;

type Slots<Text extends string> = Text extends `${string}{3}${string}`
  ? readonly [Arg, Arg, Arg, Arg]
  : Text extends `${string}{2}${string}`
    ? readonly [Arg, Arg, Arg]
    : Text extends `${string}{1}${string}`
      ? readonly [Arg, Arg]
      : Text extends `${string}{0}${string}`
        ? readonly [Arg]
        : readonly [];

/** The arguments that the text of a code needs: as many as it has places. */
export type ArgsOf<Code extends ErrorCode> = Slots<(typeof table)[Code]['en']>;

/** Where in a JSON body something stands: member names and array indexes from the top. */
export type JsonPath = readonly (string | number)[];

/** What an error may carry beside its text. */
export interface ProblemDetails {
  /** Name of the field or query parameter. */
  readonly parameter?: string | undefined;
  readonly errorMessage?: string | undefined;
  /** Place in the body, both from 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Place in the body as a path; `withPositions` of json.ts makes line and column of it. Not shown itself. */
  readonly path?: JsonPath | undefined;
  /** By what an object is in use (1028). */
  readonly dependencies?: readonly Meta[] | undefined;
  readonly meta?: Meta | undefined;
}

/** One error before it is written in a language. */
export interface Problem extends ProblemDetails {
  readonly code: ErrorCode;
  readonly args: readonly Arg[];
}

/** A refusal of the API: one or several problems of one request or one object. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problems: readonly Problem[];
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(problems: readonly [Problem, ...Problem[]], options?: ErrorOptions) {
    super(
      problems.map(({ code, args }) => `${code}: ${fill(table[code].en, args, 'en')}`).join('; '),
      options,
    );
    this.problems = problems;
    this.status = mixedStatus(problems.map(({ code }) => table[code].status));
  }
}

type Rest<Code extends ErrorCode> =
  ArgsOf<Code> extends readonly []
    ? [args?: readonly [], details?: ProblemDetails]
    : [args: ArgsOf<Code>, details?: ProblemDetails];

/** One problem; the compiler asks for as many arguments as the text of the code has places. */
export function problem<Code extends ErrorCode>(code: Code, ...rest: Rest<Code>): Problem {
  const [args = [], details = {}]: [args?: readonly Arg[], details?: ProblemDetails] = rest;
  return { code, args, ...details };
}

/** An error of one problem: `apiError(3000, ['name'], { parameter: 'name' })`. */
export function apiError<Code extends ErrorCode>(code: Code, ...rest: Rest<Code>): ApiError {
  return new ApiError([problem(code, ...rest)]);
}

/** The HTTP status of a code. */
export const statusOf = (code: ErrorCode): number => table[code].status;

/** Status of an answer with several failures: 400 if any is 400, else that of the first (contract: Bulk). */
export function mixedStatus(statuses: readonly number[]): number {
  return statuses.includes(400) ? 400 : (statuses[0] ?? 500);
}

/** An error as the API writes it. */
export interface WrittenError {
  readonly error: string;
  readonly code: number;
  readonly parameter?: string;
  readonly error_message?: string;
  readonly moreInfo: string;
  readonly line?: number;
  readonly column?: number;
  readonly dependencies?: readonly Meta[];
  readonly meta?: Meta;
}

/** The body of an error answer; `docsBase` is the address of our page of error codes. */
export function renderErrors(
  error: ApiError,
  language: Language,
  docsBase: string,
): { readonly errors: readonly WrittenError[] } {
  return { errors: error.problems.map((each) => written(each, language, docsBase)) };
}

function written(problem: Problem, language: Language, docsBase: string): WrittenError {
  const { code, args, parameter, errorMessage, line, column, dependencies, meta } = problem;
  return {
    error: fill(table[code][language], args, language),
    code,
    ...(parameter !== undefined && { parameter }),
    ...(errorMessage !== undefined && { error_message: errorMessage }),
    moreInfo: `${docsBase}#error_${code}`,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(dependencies !== undefined && { dependencies }),
    ...(meta !== undefined && { meta }),
  };
}

/** One pass, so that braces inside an argument are left alone. */
function fill(template: string, args: readonly Arg[], language: Language): string {
  return template.replace(/\{(\d)\}/g, (place, index) => {
    const arg = args[Number(index)];
    if (arg === undefined) return place;
    return typeof arg === 'object' ? arg[language] : String(arg);
  });
}
