import { Command } from 'commander';
import { accountsOf, createAccountWithBooks, makePassword } from './accounts.ts';
import { addSettings, CommandFailed, EXIT, print, printJson, STORE_SETTINGS, settingsOf } from './command.ts';
import { withExistingStore, withStore } from './store.ts';

interface Options {
  readonly json?: true;
}

/** `waybill account create|list|token`: accounts and their administrators. */
export function accountCommand(): Command {
  return new Command('account')
    .description('Accounts and their administrators.')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(tokenCommand());
}

function createCommand(): Command {
  const command = new Command('create')
    .description('Make an account with an administrator, one store and the standard units.')
    .argument('<name>', 'name of the account')
    .requiredOption('--login <login>', 'login of its administrator')
    .option('--if-missing', 'do nothing when the login exists')
    .option('--password-stdin', 'read the password from standard input instead of making one')
    .option('--json', 'as JSON: {"accountId","login","password","token"}')
    .addHelpText('after', '\nExample:\n  waybill account create "My shop" --login admin@shop --json');
  return addSettings(command, STORE_SETTINGS).action(async (name: string, options: CreateOptions) => {
    const { config } = settingsOf(command, STORE_SETTINGS);
    if (name.trim() === '') throw new CommandFailed('an account needs a name', { exitStatus: EXIT.usage });
    // Basic authentication ends the login at the first colon.
    if (options.login.trim() === '' || options.login.includes(':')) {
      throw new CommandFailed('a login must not be empty nor contain a colon', { exitStatus: EXIT.usage });
    }
    const password = options.passwordStdin ? await readPassword() : makePassword();
    const made = await withStore(config, async ({ database }) => {
      const accounts = accountsOf(database);
      if (options.ifMissing && (await accounts.principalOfLogin(options.login)) !== undefined)
        return undefined;
      const outcome = await createAccountWithBooks(accounts, name, options.login, password);
      if (outcome.kind === 'taken') {
        throw new CommandFailed(`the login ${options.login} belongs to the account ${outcome.account.id}`);
      }
      const { administrator } = outcome;
      return { accountId: administrator.accountId, token: await accounts.issueToken(administrator) };
    });
    if (made === undefined) {
      process.stderr.write(`the login ${options.login} exists\n`);
      return;
    }
    const shown = options.passwordStdin ? {} : { password };
    if (options.json)
      printJson({ accountId: made.accountId, login: options.login, ...shown, token: made.token });
    else {
      print(`account   ${made.accountId}`);
      print(`login     ${options.login}`);
      if (!options.passwordStdin) print(`password  ${password}`);
      print(`token     ${made.token}`);
    }
  });
}

interface CreateOptions extends Options {
  readonly login: string;
  readonly ifMissing?: true;
  readonly passwordStdin?: true;
}

async function readPassword(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password === '') throw new CommandFailed('no password on standard input');
  return password;
}

function listCommand(): Command {
  const command = new Command('list')
    .description('List the accounts.')
    .option('--json', 'as JSON: [{"accountId","name","login"}]')
    .addHelpText('after', '\nExample:\n  waybill account list --data ./data');
  return addSettings(command, STORE_SETTINGS).action(async (options: Options) => {
    const { config } = settingsOf(command, STORE_SETTINGS);
    const accounts = await withExistingStore(config, ({ database }) => accountsOf(database).list());
    if (options.json) printJson(accounts.map(({ id, name, login }) => ({ accountId: id, name, login })));
    else for (const { id, name, login } of accounts) print(`${id}  ${login.padEnd(24)} ${name}`);
  });
}

function tokenCommand(): Command {
  const command = new Command('token')
    .description('Make a new token for a login; its earlier tokens end.')
    .argument('<login>', 'login of an administrator')
    .option('--json', 'as JSON: {"accountId","login","token"}')
    .addHelpText('after', '\nExample:\n  TOKEN=$(waybill account token admin@shop)');
  return addSettings(command, STORE_SETTINGS).action(async (login: string, options: Options) => {
    const { config } = settingsOf(command, STORE_SETTINGS);
    const made = await withExistingStore(config, async ({ database }) => {
      const accounts = accountsOf(database);
      const principal = await accounts.principalOfLogin(login);
      if (principal === undefined) throw new CommandFailed(`no account has the login ${login}`);
      return { accountId: principal.accountId, login, token: await accounts.issueToken(principal) };
    });
    if (options.json) printJson(made);
    else print(made.token);
  });
}
