import assert from 'node:assert/strict';
import { ApiError, type Problem, renderErrors } from '../../src/contract/errors.ts';

/** The one problem with which an action is refused, and its English text. */
export function refusal(action: () => unknown): Problem & { readonly text: string } {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    const [problem] = error.problems;
    assert.ok(problem !== undefined && error.problems.length === 1);
    return { ...problem, text: renderErrors(error, 'en', '').errors[0]?.error ?? '' };
  }
  assert.fail('it was not refused');
}
