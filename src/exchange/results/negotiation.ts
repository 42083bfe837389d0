/** Which representation of a result a request gets, and whether it has it already (RFC 9110, 8.8, 12.5, 13). */

export type Coding = 'gzip' | 'identity';

/**
 * gzip, which costs nothing since the result is stored so, wherever the client takes it and does not like the plain
 * form better; plain for a client that says nothing. One that wants neither gets what it did not name.
 */
export function chooseCoding(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return 'identity';
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    weights.set(coding === 'x-gzip' ? 'gzip' : coding, weightOf(parameters));
  }
  const others = weights.get('*');
  const gzip = weights.get('gzip') ?? others ?? 0;
  const identity = weights.get('identity');
  if (gzip > 0) return identity !== undefined && identity > gzip ? 'identity' : 'gzip';
  const refusesIdentity = identity === 0 || (identity === undefined && others === 0);
  return refusesIdentity && !weights.has('gzip') && others === undefined ? 'gzip' : 'identity';
}

/** From 0, "not at all", to 1; a weight that cannot be read says nothing. */
function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const weight = /^q\s*=\s*([01](?:\.\d*)?)$/.exec(parameter)?.[1];
    if (weight !== undefined) return Math.min(1, Number(weight));
  }
  return 1;
}

/** Whether `If-None-Match` names the representation: then the client has it. */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  // Weak comparison, as the RFC wants it here.
  return ifNoneMatch.match(/"[^"]*"/g)?.includes(tag) ?? false;
}

/** Whether a range may be answered: without `If-Range`, or with one that names exactly this. A date never does. */
export function allowsRange(ifRange: string | undefined, tag: string): boolean {
  return ifRange === undefined || ifRange.trim() === tag;
}
