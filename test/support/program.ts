/** A running `waybill` process: what it says on stderr as announcements to wait for, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning } from './leftovers.ts';

const ENTRY = join(import.meta.dirname, '../../bin/waybill.js');
/** An event that has not come by then never will, however loaded the machine is. */
const DEADLINE_MS = 90_000;
/** How often a process is looked for that is not our child: there is no event of its end. */
const GONE_LOOK_MS = 20;
const LAST_LINES = 15;

/** A line of the log: JSON with the announcement's name as `event`. */
export interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Given to its standard input, which is closed otherwise. */
  readonly input?: string;
}

const running = new Set<Program>();
function killAll(): void {
  for (const program of running) program.kill('SIGKILL');
}
// What a test that failed has left would keep this process alive; what this process leaves would live for ever.
after(killAll);
process.once('exit', killAll);

export class Program {
  readonly pid: number;
  /** Its log so far, oldest first. */
  readonly lines: Line[] = [];
  /** When the process is gone and all it wrote has been read. */
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #isEnded = false;

  /** Starts `waybill ARGUMENTS…`. */
  constructor(argv: readonly string[], { env, folder, input }: ProgramOptions) {
    this.#process = spawn(process.execPath, [ENTRY, ...argv], { cwd: folder, env });
    this.pid = this.#process.pid ?? 0;
    const { stdin, stdout, stderr } = this.#process;
    stdin?.on('error', () => {}).end(input ?? '');
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#look();
    });
    if (stderr !== null) createInterface(stderr).on('line', (line) => this.#hear(line));
    running.add(this);
    this.ended = once(this.#process, 'close').then(([code, signal]) => {
      running.delete(this);
      this.#isEnded = true;
      this.#look();
      return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  /** The first line on stdout. */
  firstLine(): Promise<string> {
    return this.#find('a line on stdout', () =>
      this.#stdout.includes('\n') ? this.#stdout.split('\n', 1)[0] : undefined,
    );
  }

  /** The lines so far of the event with these fields. */
  all(event: string, where: Readonly<Record<string, unknown>> = {}): Line[] {
    return this.lines.filter(
      (line) => line.event === event && Object.entries(where).every(([key, value]) => line[key] === value),
    );
  }

  /** The `count`th line of the event with these fields, past or to come. Rejects when the process ends without. */
  saw(event: string, where: Readonly<Record<string, unknown>> = {}, count = 1): Promise<Line> {
    const what = `${event} ${JSON.stringify(where)}`;
    return this.#find(what, () => this.all(event, where)[count - 1]);
  }

  /** Resolves when stderr holds text that matches. */
  said(pattern: RegExp): Promise<string> {
    return this.#find(String(pattern), () => pattern.exec(this.#stderr)?.[0]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Signals it and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.kill(signal);
    return within(this.ended, `the end after ${signal}`);
  }

  #hear(line: string): void {
    this.#stderr += `${line}\n`;
    const parsed = parseLine(line);
    if (parsed !== undefined) this.lines.push(parsed);
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }

  #find<T>(what: string, find: () => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = (): void => {
      const found = find();
      if (found === undefined && !this.#isEnded) return;
      this.#waiting.delete(look);
      if (found === undefined) reject(new Error(`the process ended without ${what}:\n${this.#lastLines()}`));
      else resolve(found);
    };
    this.#waiting.add(look);
    look();
    return within(promise, () => `${what}; the last lines are\n${this.#lastLines()}`);
  }

  #lastLines(): string {
    return this.#stderr.split('\n').slice(-LAST_LINES).join('\n');
  }
}

function parseLine(line: string): Line | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

/** A promise that is kept within `ms`; otherwise an error that says what for. */
export async function within<T>(
  promise: Promise<T>,
  what: string | (() => string),
  ms = DEADLINE_MS,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`not within ${ms} ms: ${typeof what === 'string' ? what : what()}`));
  }, ms).unref();
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when none of the processes, which need not be ours, is there any more. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  for (const deadline = performance.now() + DEADLINE_MS; ; await pause(GONE_LOOK_MS)) {
    const alive = pids.filter(isRunning);
    if (alive.length === 0) return;
    if (performance.now() > deadline) throw new Error(`processes outlive their parent: ${alive.join(', ')}`);
  }
}
