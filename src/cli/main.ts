/** The commands of `waybill`: one file each. Parses, runs one, turns its outcome into an exit status. */
import { Command, CommanderError } from 'commander';
import { SettingRefused } from '../platform/settings.ts';
import { accountCommand } from './account.ts';
import { CommandFailed, EXIT } from './command.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { importCommand } from './import.ts';
import { serveCommand } from './serve.ts';
import { verifyCommand } from './verify.ts';

function program(): Command {
  const waybill = new Command('waybill')
    .description(
      'An inventory server that speaks the Kladana / MoySklad JSON API 1.2 and its asynchronous exchange.',
    )
    .showHelpAfterError('(waybill --help shows what there is)')
    .showSuggestionAfterError()
    .exitOverride();
  const commands = [
    serveCommand(),
    accountCommand(),
    importCommand(),
    demoCommand(),
    verifyCommand(),
    configCommand(),
  ];
  for (const command of commands) waybill.addCommand(inheritExit(command));
  return waybill;
}

/** `exitOverride` holds for one command only; subcommands need it, too. */
function inheritExit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help to see what it takes)');
  command.commands.forEach(inheritExit);
  return command;
}

/** Runs the command line; sets the process's exit status and leaves ending to the event loop. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that went away (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = exitStatusOf(error);
  }
}

function exitStatusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof SettingRefused) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof CommandFailed) {
    process.stderr.write(`${error.message}\n`);
    return error.exitStatus;
  }
  const first = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${first}\n${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  return EXIT.failed;
}
