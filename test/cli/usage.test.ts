/** Contract: How it is run, commands and settings: what every command shares. Nothing here opens a store. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SETTINGS } from '../../src/platform/settings.ts';
import { engines } from '../support/engines.ts';
import { openSite, type Site } from '../support/served.ts';

const COMMANDS = [
  'serve',
  'account create',
  'account list',
  'account token',
  'import orders',
  'demo',
  'verify',
  'config',
];

/** A command line that cannot be, and what stderr has to name. */
const wrong: readonly (readonly [string, RegExp])[] = [
  ['', /Usage: waybill/],
  ['srve', /Did you mean serve\?/],
  ['account', /Usage: waybill account/],
  ['serve --bogus', /unknown option '--bogus'/],
  ['serve --port 65536', /^--port must be a whole number from 0 to 65535, not '65536'\n/],
  ['serve --log-level loud', /^--log-level must be one of debug, info, warn, error, silent, not 'loud'\n/],
  ['serve --database mysql://x', /^--database must be postgres:/],
  ['serve --webhook-allow http://x', /^--webhook-allow must be HOST or HOST:PORT/],
  ['serve surplus', /too many arguments/],
  ['account create --login a@b', /missing required argument 'name'/],
  ['import orders x.csv --account y --column Price=p', /NAME=HEADER is needed, with NAME one of InvoiceNo/],
  ['demo --products ten --stores 1 --movements 1', /'ten' is invalid. a whole number/],
];

describe('the command line', { concurrency: 2 }, () => {
  let site: Site;
  before(async () => {
    site = await openSite(engines[0]!);
  });
  after(() => site[Symbol.asyncDispose]());

  for (const [line, message] of wrong) {
    it(`refuses "waybill ${line}" with 2, on stderr alone`, async () => {
      const { code, stdout, stderr } = await site.run(line.split(' ').filter(Boolean));
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [2, '']);
    });
  }

  for (const command of COMMANDS) {
    it(`explains "waybill ${command}" with an example, on stdout`, async () => {
      const { code, stdout, stderr } = await site.run([...command.split(' '), '--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, new RegExp(`\nExamples?:\n  (.*\n  )?.*waybill ${command}`));
    });
  }

  it('lists its commands', async () => {
    const { code, stdout } = await site.run(['--help']);
    assert.equal(code, 0);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`\n  ${command.split(' ', 1)[0]}\\b`));
  });

  it('names each setting in the help of serve, with its default', async () => {
    const { stdout } = await site.run(['serve', '--help']);
    // The help is wrapped to the terminal's width.
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const { flag, sentence, environment, defaultText } of Object.values(SETTINGS)) {
      assert.ok(text.includes(`--${flag}`), flag);
      assert.ok(text.includes(`${sentence} (${environment}; default: ${defaultText})`), flag);
    }
  });
});

describe('settings', { concurrency: 2 }, () => {
  it('come from the flag over the environment over the file over the default, and config says which', async () => {
    await using site = await openSite(engines[0]!);
    await writeFile(
      join(dirname(site.data), 'waybill.config.json'),
      JSON.stringify({
        workers: 3,
        port: 1111,
        'keep-alive': 70,
        'webhook-allow': ['a.example', 'b.example:1'],
      }),
    );
    const env = { WAYBILL_PORT: '2222', WAYBILL_WORKERS: '4', WAYBILL_MAX_UNFINISHED: '' };
    const { code, stdout } = await site.run(['config', '--workers', '5', '--no-demo', '--json'], { env });
    assert.equal(code, 0);
    const printed = JSON.parse(stdout) as { setting: string; value: unknown; origin: string }[];
    const of = (setting: string): unknown[] => {
      const line = printed.find((each) => each.setting === setting);
      return [line?.value, line?.origin];
    };
    assert.deepEqual(
      printed.map(({ setting }) => setting),
      Object.values(SETTINGS).map(({ flag }) => flag),
    );
    assert.deepEqual(of('workers'), [5, 'flag']);
    assert.deepEqual(of('port'), [2222, 'environment']);
    assert.deepEqual(of('keep-alive'), [70, 'file']);
    assert.deepEqual(of('webhook-allow'), [['a.example', 'b.example:1'], 'file']);
    assert.deepEqual(of('max-unfinished'), [4, 'default']);
    assert.deepEqual(of('no-demo'), [false, 'flag']);
    assert.deepEqual(of('data'), [site.data, 'environment']);
  });

  it('show no password, neither to people nor to scripts', async () => {
    await using site = await openSite(engines[0]!);
    const flags = ['config', '--database', 'postgres://user:p%40ss@db.example/waybill'];
    for (const { stdout } of [await site.run(flags), await site.run([...flags, '--json'])]) {
      assert.match(stdout, /postgres:\/\/user:\*\*\*@db\.example\/waybill/);
      assert.doesNotMatch(stdout, /p%40ss/);
    }
  });

  it('that cannot be stop every command with 2 and are named as they were given', async () => {
    await using site = await openSite(engines[0]!);
    const run = (env: NodeJS.ProcessEnv) => site.run(['serve', '--port', '0'], { env });
    const byVariable = await run({ WAYBILL_KEEP_ALIVE: '0' });
    assert.deepEqual(
      [byVariable.code, byVariable.stderr],
      [2, "WAYBILL_KEEP_ALIVE must be a whole number from 1 to 3600, not '0'\n"],
    );
    const file = join(dirname(site.data), 'waybill.config.json');
    for (const [content, message] of [
      ['{"wrokers": 1}', "waybill.config.json: unknown setting 'wrokers'\n"],
      ['{"workers": "x"}', "waybill.config.json: workers must be a whole number from 0 to 64, not 'x'\n"],
      ['[]', 'waybill.config.json must hold an object of settings\n'],
      ['{', 'waybill.config.json is not JSON\n'],
    ]) {
      await writeFile(file, content!);
      const { code, stderr } = await run({});
      assert.deepEqual([code, stderr], [2, message]);
    }
  });
});
