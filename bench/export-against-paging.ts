/** The export against reading the same report page by page, from a naive pager over the same tables. */
import { startBaseline } from './baseline.ts';
import { type Bench, speedFigure, takeTurns } from './bench.ts';
import { page, timeExport } from './exports.ts';
import { stockOf } from './sizes.ts';
import { serve } from './waybill.ts';

/** The default filter: products that are somewhere. */
const DEFAULT = 'filter=stockMode=nonEmpty';

export const exportAgainstPaging: Bench = {
  name: 'export-against-paging',
  async run(setting) {
    const size = stockOf(setting);
    const folder = await setting.folders.demo(size);
    await using server = await serve(folder);
    using pager = startBaseline('naive-pager.ts', `${folder}/waybill.db`, server.url);
    const { meta } = await page(server, `limit=1&${DEFAULT}`);
    const rounds = await takeTurns(
      setting.rounds,
      () => timeExport(server),
      () => pager.round(meta.size),
    );
    const what = `export of ${size.products} × ${size.stores} against pages by OFFSET with a count each`;
    return [speedFigure(what, 9, rounds, { product: 'export', baseline: 'pages', unit: 'ms' })];
  },
};
