/** Resident memory of a server's child processes (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

const KB_PER_MB = 1024;

/** The greatest peak (VmHWM) among the children of `parent` that live now, in MB. */
export function peakOfChildrenMb(parent: number): number {
  const peaks = processes()
    .map(statusOf)
    .filter((status) => field(status, 'PPid') === parent)
    .map((status) => field(status, 'VmHWM') / KB_PER_MB);
  return Math.max(0, ...peaks);
}

const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Empty for one that has just ended. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

const field = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
