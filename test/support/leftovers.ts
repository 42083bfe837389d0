/**
 * What a killed test run leaves behind: processes, and folders in the temp folder. A run writes its own pid into its
 * folder, and marks its children through their environment; the next run ends exactly what a dead one had marked.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PREFIX = 'waybill-run-';
const OWNER_FILE = 'owner.json';
/** Every process of a run carries the run's id in this variable. */
export const RUN_VARIABLE = 'WAYBILL_TEST_RUN';
/** How long a process may take to go once it was told to, in ms. */
const EXIT_WAIT_MS = 5_000;

interface Owner {
  readonly run: string;
  readonly pid: number;
  /** The process's start in kernel ticks: a pid may have been given to another since. */
  readonly startedAt: string | undefined;
}

/** A folder of this process in the temp folder, found and removed by a later run if this one is killed. */
export function createRunFolder(): string {
  const path = mkdtempSync(join(tmpdir(), PREFIX));
  // PostgreSQL runs as another user where we are root, and must get to its data.
  chmodSync(path, 0o755);
  const run = randomUUID();
  // Whatever this process starts from now on carries the mark.
  process.env[RUN_VARIABLE] = run;
  const owner: Owner = { run, pid: process.pid, startedAt: startOf(process.pid) };
  writeFileSync(join(path, OWNER_FILE), JSON.stringify(owner));
  return path;
}

/** Ends and removes what runs left behind that do not live any more. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name);
    const owner = name.startsWith(PREFIX) ? ownerOf(path) : undefined;
    if (owner === undefined || isAlive(owner)) continue;
    const pids = [postmasterOf(join(path, 'data')), ...markedWith(owner.run)].filter(
      (pid) => pid !== undefined,
    );
    for (const pid of pids) await end(pid);
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The pid of the postmaster of exactly this data folder, if it lives. */
export function postmasterOf(dataFolder: string): number | undefined {
  try {
    const [pid, folder] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
    if (folder !== dataFolder || !isRunning(Number(pid))) return undefined;
    // Where there is no /proc the file's own word must do: PostgreSQL removes it when it stops.
    if (!existsSync('/proc/self/cmdline')) return Number(pid);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataFolder) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Kills one process and resolves when it is gone. */
export async function end(pid: number): Promise<void> {
  // SIGQUIT: PostgreSQL ends at once with all its children. Nothing else of ours handles it.
  signal(pid, 'SIGQUIT');
  const deadline = performance.now() + EXIT_WAIT_MS;
  while (isRunning(pid)) {
    // Not our child: there is no event to wait for.
    await pause(10);
    if (performance.now() > deadline) signal(pid, 'SIGKILL');
  }
}

function ownerOf(path: string): Owner | undefined {
  try {
    if (statSync(path).uid !== process.getuid?.()) return undefined;
    return JSON.parse(readFileSync(join(path, OWNER_FILE), 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  return isRunning(pid) && startOf(pid) === startedAt;
}

/** Processes whose environment carries the mark of `run`; only Linux shows it. */
function markedWith(run: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${RUN_VARIABLE}=${run}`);
      } catch {
        // Gone by now, or another user's.
        return false;
      }
    })
    .map(Number);
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields after the name, which may itself hold blanks and brackets; the start is the 22nd of all.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether the process runs; not one that has ended and that its parent has not collected yet. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] === 'Z';
  } catch {
    // No /proc here, or gone in between.
    return existsSync('/proc/self/stat');
  }
}

function signal(pid: number, name: 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
