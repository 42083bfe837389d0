/** The reports. `report/stock/bystore` is the file of that name; a new report is a file and a line here. */
import type { Report } from './report.ts';
import { stockByStore } from './stock-bystore.ts';

export const reports: readonly Report[] = [stockByStore];

const byPath: ReadonlyMap<string, Report> = new Map(reports.map((report) => [report.path, report]));

/** The report of a path below the base, no slash at the ends. */
export const reportAt = (path: string): Report | undefined => byPath.get(path);
