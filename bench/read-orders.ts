/**
 * Reads a file of order lines as the import does and writes nothing: how much of an import is CSV.
 *
 *     node bench/read-orders.ts FILE     (prints ms)
 */
import { parseMoment } from '../src/contract/moments.ts';
import { zoneOf } from '../src/contract/zones.ts';
import { readOrderFile } from '../src/warehouse/import/order-file.ts';

const [file = ''] = process.argv.slice(2);
const zone = zoneOf('UTC')!;
const startedAt = performance.now();
await readOrderFile(file, { columns: {}, parseMoment: (text) => parseMoment(text, zone)?.ms });
console.log(performance.now() - startedAt);
