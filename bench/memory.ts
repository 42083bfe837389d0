/** Peak memory of the process that builds a result: ten times the products must not take more. */
import { type Bench, type Figure, type Line, type Round, ratioFigure, type Setting } from './bench.ts';
import type { Size } from './data-folders.ts';
import { timeExport } from './exports.ts';
import { peakOfChildrenMb } from './processes.ts';
import { largeStockOf, stockOf } from './sizes.ts';
import { serve } from './waybill.ts';

const AT_MOST_MB = 200;

export const memory: Bench = { name: 'memory', run: measure };

async function measure(setting: Setting): Promise<readonly Line[]> {
  const [small, large] = [stockOf(setting), largeStockOf(setting)];
  const title = ({ products, stores }: Size): string => `${products} × ${stores}`;
  const what = `peak memory of the worker process, ${title(large)} against ${title(small)}`;
  if (process.platform !== 'linux') return [{ what, reason: 'peaks are read from /proc: Linux only' }];
  const folders = { small: await setting.folders.demo(small), large: await setting.folders.demo(large) };
  const rounds: Round[] = [];
  for (let round = 0; round < setting.rounds; round++) {
    rounds.push({ product: await peakMb(folders.large), baseline: await peakMb(folders.small) });
  }
  const labels = { product: title(large), baseline: title(small), unit: 'MB' };
  return [ratioFigure(what, 1.2, rounds, labels), ceiling(title(large), rounds)];
}

const ceiling = (title: string, rounds: readonly Round[]): Figure => ({
  what: `peak memory of the worker process, ${title}`,
  reach: { atMost: AT_MOST_MB },
  unit: 'MB',
  values: rounds.map(({ product }) => product),
  absolutes: [],
});

/** Of a server that was started for one export: a peak is a peak of the whole life of a process. */
async function peakMb(folder: string): Promise<number> {
  await using server = await serve(folder);
  await timeExport(server);
  return peakOfChildrenMb(server.pid);
}
