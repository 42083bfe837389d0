/** The two ways in which a store lets its users down without anybody's fault: both pass, neither counts as an attempt. */

/** No space is left for results. */
export class ResultStoreFull extends Error {
  override readonly name = 'ResultStoreFull';
}

/** The store cannot be reached or does not work. */
export class ResultStoreAway extends Error {
  override readonly name = 'ResultStoreAway';
}

/** No space, quota used up, file larger than allowed. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What an error of the file system means to the users of a store. */
export function storeFailure(doing: string, cause: unknown): ResultStoreFull | ResultStoreAway {
  const code = errorCode(cause);
  if (code !== undefined && FULL.has(code)) {
    return new ResultStoreFull(`${doing}: no space is left (${code})`, { cause });
  }
  return new ResultStoreAway(`${doing}: the result store does not work (${code ?? String(cause)})`, {
    cause,
  });
}

/** The system's code of an error (`ENOENT`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
