import assert from 'node:assert/strict';
import type { Reply, WrittenError } from '../support/http.ts';

/** That an answer is the API's refusal: JSON with exactly one error, of this code and status. Answers the error. */
export function assertRefused(reply: Reply, status: number, code: number): WrittenError {
  assert.equal(reply.headers['content-type'], 'application/json;charset=utf-8', reply.text);
  const { errors } = reply.json<{ errors: WrittenError[] }>();
  assert.deepEqual([reply.status, errors.map((error) => error.code)], [status, [code]], reply.text);
  const [error] = errors;
  if (error === undefined) throw new Error('no error');
  return error;
}
