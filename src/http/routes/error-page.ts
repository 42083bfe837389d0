/** The page of error codes, made from their table: `moreInfo` of every error leads to a line of it. */
import type { FastifyInstance } from 'fastify';
import { errorTable } from '../../contract/errors.ts';
import { ERRORS_PAGE } from '../addresses.ts';
import { refuseOtherMethods } from '../route.ts';

export function errorPage(app: FastifyInstance): void {
  const page = written();
  refuseOtherMethods(app, ERRORS_PAGE, ['GET', 'HEAD']);
  app.get(ERRORS_PAGE, (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
}

function written(): string {
  const rows = [...errorTable].map(
    ([code, { status, en }]) => `<tr id="error_${code}"><td>${code}<td>${status}<td>${escaped(en)}</tr>\n`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Error codes of Waybill</title>
<style>body{font:1rem/1.5 system-ui;margin:2rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}:target{background:#fe9}</style>
<h1>Error codes</h1><table><tr><th>Code<th>HTTP status<th>Text</tr>
${rows.join('')}</table></html>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
