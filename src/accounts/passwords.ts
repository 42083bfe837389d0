/** How passwords are kept: scrypt with its parameters beside it, so that they can grow without breaking old ones. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** What a new hash costs; an old one costs what is stored beside it. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MB and about 0.2 s of one core: what OWASP names for this memory. */
export const PASSWORD_COST: PasswordCost = { N: 2 ** 14, r: 8, p: 5 };

/** The stored form of a password. */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return stored(cost, salt, await derive(password, salt, cost));
}

/** Whether a password is the one whose stored form is given. Takes as long for a wrong one as for the right one. */
export async function matchesPassword(password: string, known: string): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = known.split(':');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) {
    throw new Error(`a stored password has the unknown scheme ${scheme}`);
  }
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64'), cost);
  const expected = Buffer.from(key, 'base64');
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}

/** No password has this stored form: what unknown logins are compared with, so that they take the same time. */
export const unmatched = (cost: PasswordCost): string =>
  stored(cost, Buffer.alloc(SALT_BYTES), Buffer.alloc(KEY_BYTES));

const stored = ({ N, r, p }: PasswordCost, salt: Buffer, key: Buffer): string =>
  ['scrypt', N, r, p, salt.toString('base64'), key.toString('base64')].join(':');

function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // RFC 7617: with charset UTF-8 both sides compare NFC.
  scrypt(password.normalize('NFC'), salt, KEY_BYTES, cost, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}
