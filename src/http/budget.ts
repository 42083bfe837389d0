/**
 * The headers of the request budget (contract: Limits). No budget is kept in the relaxed profile, so they tell of an
 * untouched one: clients read them as integers from every answer.
 */
import { REQUEST_BUDGET } from '../contract/limits.ts';

const { units, windowMs } = REQUEST_BUDGET;

export const RATE_HEADERS = {
  'X-RateLimit-Limit': String(units),
  'X-RateLimit-Remaining': String(units),
  'X-Lognex-Retry-TimeInterval': String(windowMs),
  'X-Lognex-Reset': '0',
} as const;
