/** Writes the reference pages from the tables of the code: `npm run docs`. The house rules compare them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from '../../src/contract/errors.ts';
import { SETTINGS } from '../../src/platform/settings.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** docs/reference/configuration.md */
export function configurationPage(): string {
  const rows = Object.values(SETTINGS).map((setting) => {
    const argument = 'argument' in setting ? ` ${setting.argument}` : '';
    const often = 'repeatable' in setting && setting.repeatable ? ' Repeatable.' : '';
    return `| \`--${setting.flag}${argument}\` | \`${setting.environment}\` | ${cell(setting.defaultText)} | ${cell(setting.sentence)}${often} |`;
  });
  return `# Settings

Made from the table in \`src/platform/settings.ts\`. A flag wins over the environment, the environment over
\`waybill.config.json\` in the working folder (\`{"port": 9000}\`, keys as the flags without dashes), the file over the
default. Repeatable settings are separated by commas in the environment. An unknown flag or a bad value stops the
start with exit status 2. \`waybill config\` prints every setting, its value and where it came from.

| flag | environment | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** docs/reference/errors.md: \`moreInfo\` of every error points to its heading. */
export function errorsPage(): string {
  const rows = [...errorTable].map(
    ([code, { status, en }]) => `| <a id="error_${code}"></a>${code} | ${status} | ${cell(en)} |`,
  );
  return `# Error codes

Made from the one table in \`src/contract/errors.ts\`. The numbers are those of the JSON API 1.2; 90000 and above are our
own. \`{0}\`, \`{1}\` stand for what the message names. Texts come in English or Russian by \`Accept-Language\`.

| code | HTTP status | text |
|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, 'configuration.md'), configurationPage());
  writeFileSync(join(import.meta.dirname, 'errors.md'), errorsPage());
}
