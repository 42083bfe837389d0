/**
 * The inside of a forked process: opens the source once, then builds results or pages, one at a time. Only the parent
 * ends it: a signal to the whole group (Ctrl-C) is the parent's to answer. Run by `child.ts`, never imported.
 */
import { setPriority } from 'node:os';
import { steadyClock } from '../platform/clock.ts';
import { type Builder, buildResult } from './build-result.ts';
import { startGzip } from './encode/gzip.ts';
import { encodePage } from './encode/json.ts';
import type { Answer, FromChild, Order, PageOrder, Setup, ToChild } from './messages.ts';
import { RequestRefused, type Source, type SourceOpener } from './ports.ts';
import { openResults, ResultStoreAway, ResultStoreFull } from './results/open.ts';

/** Exports give way to HTTP: with nice 10 two of them on two cores leave the polls' p99 what it was. */
const EXPORT_NICENESS = 10;
/** At most this often a job tells of its progress, in ms. */
const PROGRESS_MS = 250;

const steady = steadyClock();
const aborts = new Map<number, AbortController>();
let parentPid = process.ppid;
let source: Source | undefined;
let builder: Builder | undefined;

process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', endOrphan);
process.on('message', (message: ToChild) => {
  if (message.kind === 'setup') void setUp(message);
  else if (message.kind === 'cancel') aborts.get(message.job)?.abort();
  else void work(message.job, message.order);
});

function endOrphan(): void {
  process.exit(1);
}

/** A long step hears no `disconnect`; the parent's pid tells at once. */
function stopOrphan(): void {
  if (process.ppid !== parentPid) endOrphan();
}

function tell(message: FromChild): void {
  // A failure means that the parent is gone: `disconnect` ends this process.
  process.send?.(message, () => {});
}

async function setUp(setup: Setup): Promise<void> {
  parentPid = setup.parentPid;
  stopOrphan();
  try {
    if (setup.duty === 'exports') setPriority(EXPORT_NICENESS);
    source = await openSource(setup);
    if (setup.duty === 'exports') {
      builder = { source, store: await openResults(setup.results), gzip: startGzip(), stopOrphan };
    }
    tell({ kind: 'ready' });
  } catch (cause) {
    tell({ kind: 'unusable', cause: asError(cause) });
  }
}

async function openSource({ module, config }: Setup): Promise<Source> {
  const { default: open }: { readonly default: SourceOpener } = await import(module);
  return open(config);
}

async function work(job: number, order: Order): Promise<void> {
  const abort = new AbortController();
  aborts.set(job, abort);
  const answer = await answerTo(job, order, abort.signal).catch((cause: unknown): Answer => {
    if (abort.signal.aborted) return { kind: 'cancelled' };
    if (cause instanceof RequestRefused) {
      return { kind: 'refused', status: cause.status, errors: cause.errors };
    }
    const isStalled = cause instanceof ResultStoreFull || cause instanceof ResultStoreAway;
    return { kind: isStalled ? 'stalled' : 'failed', cause: asError(cause) };
  });
  aborts.delete(job);
  tell({ kind: 'answer', job, answer });
}

async function answerTo(job: number, order: Order, signal: AbortSignal): Promise<Answer> {
  if (order.kind === 'page') return buildPage(order, signal);
  if (builder === undefined) throw new Error('this process builds pages only');
  let toldAt = Number.NEGATIVE_INFINITY;
  return buildResult(builder, order, signal, (rows, total) => {
    const now = steady.now();
    if (now - toldAt < PROGRESS_MS) return;
    toldAt = now;
    tell({
      kind: 'progress',
      job,
      progress: { rows, total, residentBytes: process.memoryUsage.rss() },
    });
  });
}

async function buildPage({ request, window }: PageOrder, signal: AbortSignal): Promise<Answer> {
  if (source === undefined) throw new Error('the source is not open');
  const body = await source.open(request, window, signal, encodePage);
  return { kind: 'page', body };
}

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)));
