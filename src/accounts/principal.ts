import type { AccountKey } from '../platform/ids.ts';

/** Who asks: found by login and password or by a token. Plain data: it crosses to worker processes. */
export interface Principal {
  readonly account: AccountKey;
  /** UUID of the account. */
  readonly accountId: string;
  readonly kind: 'employee';
  /** UUID of the employee. */
  readonly id: string;
  /** `admin@demo`. */
  readonly login: string;
  readonly administrator: boolean;
}
