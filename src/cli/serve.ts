import { Command } from 'commander';
import { type App, createApp } from '../app.ts';
import { Announcements } from '../platform/announcements.ts';
import {
  type DataFolder,
  type FirstRun,
  FolderHeld,
  holdFolder,
  openDataFolder,
  readFirstRun,
  writeFirstRun,
} from '../platform/data-folder.ts';
import { logAnnouncements } from '../platform/log.ts';
import { type Config, SETTINGS, type SettingName } from '../platform/settings.ts';
import { openStore } from '../store.ts';
import { FIRST_RUN_SIZE } from '../warehouse/import/demo.ts';
import { addSettings, CommandFailed, EXIT, print, printJson, settingsOf } from './command.ts';
import { makeDemoAccount } from './first-run.ts';

const SERVE_SETTINGS = Object.keys(SETTINGS) as SettingName[];
const BASE_PATH = '/api/remap/1.2';
/** A stop that takes longer than this is cut: an operator was promised an end within ten seconds. */
const DRAIN_MS = 9_500;

/** `waybill serve`: API, workers and the embedded database in one. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve the API, build results, deliver webhooks.')
    .addHelpText(
      'after',
      '\nExample:\n  waybill serve --port 9000 --data ./data --webhook-allow 127.0.0.1:9001',
    );
  return addSettings(command, SERVE_SETTINGS).action(async () => {
    await serve(settingsOf(command, SERVE_SETTINGS).config);
  });
}

async function serve(config: Config): Promise<void> {
  const announcements = new Announcements();
  logAnnouncements(announcements, config.logLevel);
  const interrupted = new AbortController();
  const ended = endOnSignals(interrupted);
  // Closed in reverse, also where a later step of the start fails: nothing may keep a failed start alive.
  await using opened = new AsyncDisposableStack();
  const folder = openDataFolder(config.data, config.database);
  if (folder.isEmbedded) opened.defer(hold(folder));
  const database = await openStore(folder.databaseUrl, 'server', { announce: announcements.announce });
  opened.defer(() => database.close());
  const demo = { database, folder, zone: config.timeZone, url: '', signal: interrupted.signal };
  const made = config.demo ? await makeDemoAccount(demo, FIRST_RUN_SIZE) : undefined;
  const app = await createApp({ config, folder, database, announcements });
  opened.defer(() => app.stop());
  await startOrExplain(app, config);
  const url = `${app.origin}${BASE_PATH}`;
  const firstRun = readFirstRun(folder);
  if (firstRun !== undefined && firstRun.url !== url) writeFirstRun(folder, { ...firstRun, url });
  if (process.stdout.isTTY) print(banner(url, firstRun));
  else {
    // What is captured may be kept: where the secrets lie, not the secrets.
    if (made !== undefined)
      process.stderr.write(`${firstSteps(url, '$TOKEN')}\n# TOKEN: in ${folder.path}/first-run.json\n`);
    printJson({ event: 'listening', url, pid: process.pid });
  }

  await ended;
  // The event loop may be held by a client that never reads: the promise of ten seconds stands all the same.
  setTimeout(() => process.exit(0), DRAIN_MS).unref();
  await opened.disposeAsync();
  process.exit(0);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function endOnSignals(interrupted: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
      interrupted.abort();
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

function hold(folder: DataFolder): () => void {
  try {
    return holdFolder(folder);
  } catch (error) {
    if (error instanceof FolderHeld) {
      throw new CommandFailed(error.message, { cause: error, exitStatus: EXIT.usage });
    }
    throw error;
  }
}

async function startOrExplain(app: App, config: Config): Promise<void> {
  try {
    await app.start();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new CommandFailed(
        `port ${config.port} of ${config.host} is taken by another program ` +
          `(lsof -i :${config.port} tells which); --port 0 takes a free one`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** What a person sees at the start: where it is, who may come in, and the four steps to paste. */
function banner(url: string, firstRun: FirstRun | undefined): string {
  const where = `Waybill serves ${url}`;
  if (firstRun === undefined) {
    return `${where}\nwaybill account list shows the accounts, waybill account token LOGIN makes a token.`;
  }
  const { login, password, token } = firstRun;
  return `${where}\nlogin ${login}   password ${password}   token ${token}\n\n${firstSteps(url, token)}`;
}

/** The four steps of the asynchronous exchange. */
function firstSteps(url: string, token: string): string {
  const auth = `-H "Authorization: Bearer ${token}"`;
  const hook = '{"url":"http://127.0.0.1:9000/hook","action":"PROCESSED","entityType":"async"}';
  return [
    `curl -i "${url}/report/stock/bystore?async=true" ${auth}`,
    `curl "${url}/async" ${auth}        # states and ids of the tasks`,
    `curl -L "${url}/async/ID/result" ${auth}`,
    `curl "${url}/entity/webhook" ${auth} -H "Content-Type: application/json" -d '${hook}'`,
    '# a webhook to this machine needs: npm start -- --webhook-allow 127.0.0.1:9000',
  ].join('\n');
}
