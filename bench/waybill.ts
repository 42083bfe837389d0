/** The product from outside: its commands, and a server on a free port. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const WAYBILL = resolve(import.meta.dirname, '..', 'bin', 'waybill.js');
/** A server promises to end within ten seconds. */
const STOP_MS = 12_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs a command to its end; its standard output. */
export async function waybill(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [WAYBILL, ...args], {
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return stdout;
}

export interface Server extends AsyncDisposable {
  /** `http://HOST:PORT/api/remap/1.2`. */
  readonly url: string;
  readonly pid: number;
  /** Of the demo administrator. */
  readonly token: string;
}

/** Serves a data folder with one worker until it is disposed of. */
export async function serve(folder: string, ...args: readonly string[]): Promise<Server> {
  const options = ['--port', '0', '--data', folder, '--workers', '1', '--log-level', 'silent', '--no-demo'];
  const server = spawn(process.execPath, [WAYBILL, 'serve', ...options, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const line = await firstLine(server);
  if (line === undefined) throw new Error(`waybill serve ended by itself: ${String(await exited)}`);
  const { url, pid } = JSON.parse(line) as { url: string; pid: number };
  const { token } = JSON.parse(readFileSync(join(folder, 'first-run.json'), 'utf8')) as { token: string };
  return {
    url,
    pid,
    token,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      const hard = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(hard);
    },
  };
}

async function firstLine(server: ChildProcess): Promise<string | undefined> {
  const lines = createInterface({ input: server.stdout! });
  for await (const line of lines) {
    // Nothing reads on: what else is printed must not stop the server.
    server.stdout!.resume();
    return line;
  }
  return undefined;
}
