/** The house rules as a test: who imports whom, lengths, dead files, names, and the docs against the tables. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { configurationPage, errorsPage } from '../docs/reference/generate.ts';

const root = resolve(import.meta.dirname, '..');
const filesUnder = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

const sources = filesUnder('src');
const everything = [...sources, ...filesUnder('test'), ...filesUnder('bench')];
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** A room and the rooms that it may import: the table of ARCHITECTURE.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  platform: [],
  database: ['platform'],
  exchange: ['database', 'platform'],
  accounts: ['contract', 'database', 'platform'],
  warehouse: ['accounts', 'contract', 'database', 'platform'],
  webhooks: ['contract', 'database', 'platform'],
  http: ['accounts', 'contract', 'database', 'exchange', 'platform', 'warehouse', 'webhooks'],
};
const COMPOSITION_ROOTS = ['src/app.ts', 'src/sources.ts'];
const LONGEST_FILE_LINES = 400;
const LONGEST_FUNCTION_LINES = 70;
const BANNED_FOLDERS = ['utils', 'common', 'helpers', 'types', 'services', 'managers', 'core', 'lib', 'misc'];

const roomOf = (file: string): string => file.split('/')[1] ?? '';

function importsOf(file: string): string[] {
  const found = read(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'|new URL\(\s*[`'](\.[^`'$]+)/g);
  return [...found].map((match) => {
    const target = relative(root, resolve(root, dirname(file), match[1] ?? match[2] ?? ''));
    // `new URL('./worker' + extension)`: the extension is this file's own.
    return target.endsWith('.ts') || existsSync(join(root, target)) ? target : `${target}.ts`;
  });
}

/** Functions by indentation: the formatter guarantees that a block ends at the column where it began. */
function functionsOf(file: string): { name: string; lines: number }[] {
  const lines = read(file).split('\n');
  const opening =
    /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\*? ?(\w*)|(?:const|readonly) (#?\w+)[^=]*=.*(?:=>|function))|^(\s+)(?:override |static )?(?:async )?\*?(#?\w+)\(/;
  return lines.flatMap((line, start) => {
    const match = opening.exec(line);
    if (match === null || line.endsWith(';') || /^\s*(if|for|while|switch|return|await|catch)\b/.test(line))
      return [];
    const indent = match[1] ?? match[4] ?? '';
    const end = lines.findIndex(
      (candidate, index) =>
        index > start && new RegExp(`^${indent}[})]`).test(candidate) && !/[{(]$/.test(candidate),
    );
    if (end < 0 || !lines.slice(start, end).some((body) => body.endsWith('{'))) return [];
    return [{ name: match[2] || match[3] || match[5] || 'anonymous', lines: end - start + 1 }];
  });
}

describe('the house rules', () => {
  it('lets each room import only what the architecture allows', () => {
    const wrong = sources.flatMap((file) => {
      const allowed = MAY_IMPORT[roomOf(file)];
      if (allowed === undefined || COMPOSITION_ROOTS.includes(file)) return [];
      return importsOf(file)
        .filter((target) => target.startsWith('src/') && roomOf(target) !== roomOf(file))
        .filter((target) => !allowed.includes(roomOf(target)))
        .map((target) => `${file} imports ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  it('names every room in the table', () => {
    const rooms = new Set(sources.filter((file) => file.split('/').length > 2).map(roomOf));
    assert.deepEqual(
      [...rooms].filter((room) => !(room in MAY_IMPORT) && room !== 'cli'),
      [],
    );
  });

  it('keeps files short enough to be read in one sitting', () => {
    const long = everything
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > LONGEST_FILE_LINES);
    assert.deepEqual(long, []);
  });

  it('keeps functions within a screen', () => {
    const long = sources.flatMap((file) =>
      functionsOf(file)
        .filter(({ lines }) => lines > LONGEST_FUNCTION_LINES)
        .map(({ name, lines }) => `${file}: ${name} has ${lines} lines`),
    );
    assert.deepEqual(long, []);
  });

  it('has no file that nobody imports', () => {
    const imported = new Set(everything.flatMap(importsOf));
    const entries = ['src/cli/main.ts'];
    assert.deepEqual(
      sources.filter((file) => !imported.has(file) && !entries.includes(file)),
      [],
    );
  });

  it('has no drawer for leftovers', () => {
    const folders = new Set(everything.flatMap((file) => dirname(file).split('/')));
    assert.deepEqual(
      BANNED_FOLDERS.filter((name) => folders.has(name)),
      [],
    );
  });

  it('reads the clock, the environment and chance only in platform and cli', () => {
    const impure = /\bDate\.now\(|\bnew Date\(\)|\bprocess\.env\b|\bMath\.random\(/;
    const wrong = sources
      .filter((file) => !['platform', 'cli'].includes(roomOf(file)))
      .filter((file) =>
        read(file)
          .split('\n')
          .some((line) => impure.test(line.replace(/(\/\/|^\s*\*).*$/, ''))),
      );
    assert.deepEqual(wrong, []);
  });

  it('types what it says and leaves nothing half done', () => {
    const wrong = sources.flatMap((file) =>
      read(file)
        .split('\n')
        .filter((line) =>
          /\bas any\b|: any\b|@ts-ignore|@ts-expect-error|\bTODO\b|\bFIXME\b|\bXXX\b/.test(line),
        )
        .map((line) => `${file}: ${line.trim()}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('waits in tests for what is announced, never for time', () => {
    const wrong = filesUnder('test')
      .filter((file) => file.endsWith('.test.ts') && !file.endsWith('tidy.test.ts'))
      .filter((file) =>
        /\bsetTimeout\(|\bsetInterval\(|timers\/promises|\.skip\(|skip: true|\.todo\(/.test(read(file)),
      );
    assert.deepEqual(wrong, []);
  });

  it('speaks of the project alone in what is committed', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    const machine = new RegExp(['/', '(work|farm|root)', '/', '|\\.lib', 'rary'].join(''));
    const wrong = tracked
      .filter((file) => existsSync(join(root, file)) && !file.endsWith('package-lock.json'))
      .filter((file) => machine.test(read(file)));
    assert.deepEqual(wrong, []);
  });

  it('keeps the reference pages equal to the tables', () => {
    assert.equal(read('docs/reference/configuration.md'), configurationPage());
    assert.equal(read('docs/reference/errors.md'), errorsPage());
  });
});
