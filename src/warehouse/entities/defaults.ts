/** The few objects of an account that stand in where a body names none: its currency, price types and group. */
import type { Queries } from '../../database/database.ts';
import type { AccountKey } from '../../platform/ids.ts';
import { parseBody } from './rows.ts';

export interface PriceType {
  readonly uuid: string;
  readonly name: string;
  readonly externalCode: string;
}

export interface Defaults {
  /** UUIDs. */
  readonly currency: string | undefined;
  readonly group: string | undefined;
  /** In their order: the first is the default one. */
  readonly priceTypes: readonly PriceType[];
}

interface DefaultRow {
  readonly uuid: string;
  readonly kind: string;
  readonly name: string;
  readonly external_code: string;
  readonly body: string;
}

/** Reads them; an account has a handful of rows of these kinds. */
export async function readDefaults(queries: Queries, account: AccountKey): Promise<Defaults> {
  const rows = await queries.all<DefaultRow>(
    `select uuid, kind, name, external_code, body from entity
      where account = $1 and kind in ('currency', 'group', 'pricetype') order by id`,
    [account],
  );
  const ofKind = (kind: string): DefaultRow[] => rows.filter((row) => row.kind === kind);
  return {
    currency: ofKind('currency').find(({ body }) => parseBody(body).default === 1)?.uuid,
    group: ofKind('group')[0]?.uuid,
    priceTypes: ofKind('pricetype').map((row) => ({
      uuid: row.uuid,
      name: row.name,
      externalCode: row.external_code,
    })),
  };
}
