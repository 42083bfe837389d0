#!/usr/bin/env node
// Plain JavaScript on purpose: it parses on any Node, so that an old one gets a sentence and not a stack trace.
import { existsSync } from 'node:fs';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`waybill needs Node.js 24 or newer; this is ${process.version} (${process.execPath})`);
  process.exit(2);
}
// In a checkout the sources run as they are; the published package carries compiled files instead.
const sources = new URL('../src/cli/main.ts', import.meta.url);
const compiled = new URL('../cli/main.js', import.meta.url);
const { main } = await import(existsSync(sources) ? sources.href : compiled.href);
await main(process.argv);
