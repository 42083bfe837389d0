/** How passwords are kept: scrypt with its parameters beside it, so that they can grow without breaking old ones. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** 16 MB and about 0.2 s of one core; the cost that OWASP names for this memory. */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;

/** The stored form of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join(':');
}

/** Whether a password is the one whose stored form is given. Takes as long for a wrong one as for the right one. */
export async function matchesPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = stored.split(':');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) {
    throw new Error(`a stored password has the unknown scheme ${scheme}`);
  }
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64'), cost);
  const expected = Buffer.from(key, 'base64');
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}

/** No password has this stored form: what unknown logins are compared with, so that they take the same time. */
export const UNMATCHED = [
  'scrypt',
  COST.N,
  COST.r,
  COST.p,
  Buffer.alloc(SALT_BYTES).toString('base64'),
  Buffer.alloc(KEY_BYTES).toString('base64'),
].join(':');

function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // RFC 7617: with charset UTF-8 both sides compare NFC.
  scrypt(password.normalize('NFC'), salt, KEY_BYTES, cost, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}
