/** Who asks: Basic or Bearer (contract: Authentication). */
import type { IncomingHttpHeaders } from 'node:http';
import type { Accounts } from '../accounts/accounts.ts';
import type { Principal } from '../accounts/principal.ts';
import { type ApiError, apiError, type Language, renderErrors, type Words } from '../contract/errors.ts';
import { Refusal, wholeSeconds } from './error-replies.ts';

/** What a request presents. */
type Presented =
  | { readonly scheme: 'basic'; readonly login: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'none' | 'unreadable' };

/** Extended code of a failed authentication. */
const FAILED = '401001';

/** The principal of a request; refused with 1056, after too many wrong passwords with 1048. */
export async function authenticate(
  accounts: Accounts,
  headers: IncomingHttpHeaders,
  language: Language,
): Promise<Principal> {
  const presented = read(headers.authorization);
  if (presented.scheme === 'basic') return byPassword(accounts, presented, language);
  if (presented.scheme !== 'bearer') throw failed(WORDS[presented.scheme], language);
  const principal = await accounts.principalOfToken(presented.token);
  if (principal === undefined) throw failed(WORDS.token, language);
  return principal;
}

/** The principal of a request that asks for a token: by login and password only. */
export async function authenticateByPassword(
  accounts: Accounts,
  headers: IncomingHttpHeaders,
  language: Language,
): Promise<Principal> {
  const presented = read(headers.authorization);
  if (presented.scheme === 'basic') return byPassword(accounts, presented, language);
  throw failed(WORDS.passwordNeeded, language);
}

async function byPassword(
  accounts: Accounts,
  { login, password }: { readonly login: string; readonly password: string },
  language: Language,
): Promise<Principal> {
  const verification = await accounts.verify(login, password);
  if (verification.kind === 'verified') return verification.principal;
  if (verification.kind === 'wrong') throw failed(WORDS.basic, language);
  throw new Refusal(apiError(1048), { 'Retry-After': wholeSeconds(verification.retryAfterMs) });
}

function read(authorization: string | undefined): Presented {
  const [, scheme = '', value = ''] = /^\s*(\S+)\s+(.*?)\s*$/.exec(authorization ?? '') ?? [];
  if (authorization === undefined || authorization.trim() === '') return { scheme: 'none' };
  if (scheme.toLowerCase() === 'bearer' && value !== '') return { scheme: 'bearer', token: value };
  if (scheme.toLowerCase() !== 'basic') return { scheme: 'unreadable' };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return { scheme: 'unreadable' };
  // Everything after the first colon is the password.
  return { scheme: 'basic', login: text.slice(0, colon), password: text.slice(colon + 1) };
}

function failed(words: Words, language: Language): Refusal {
  const error: ApiError = apiError(1056, [words]);
  const [written] = renderErrors(error, language, '').errors;
  return new Refusal(error, {
    'WWW-Authenticate': 'Basic realm="Waybill", charset="UTF-8"',
    'X-Lognex-Auth': FAILED,
    'X-Lognex-Auth-Message': encodeURIComponent(written?.error ?? ''),
  });
}

const WORDS = {
  none: {
    en: 'send Authorization: Basic with login and password, or Bearer with a token',
    ru: 'передайте Authorization: Basic с логином и паролем или Bearer с токеном',
  },
  unreadable: {
    en: 'the Authorization header is neither Basic nor Bearer',
    ru: 'заголовок Authorization не является ни Basic, ни Bearer',
  },
  basic: { en: 'wrong login or password', ru: 'неверный логин или пароль' },
  token: { en: 'unknown token, or one that ended', ru: 'неизвестный или уже недействительный токен' },
  passwordNeeded: {
    en: 'a token is given for login and password: send Authorization: Basic',
    ru: 'токен выдаётся по логину и паролю: передайте Authorization: Basic',
  },
} as const satisfies Record<string, Words>;
