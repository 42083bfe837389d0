/** Codes from 90000: our own additions (contract: The error codes, Ours). */
// biome-ignore format: a table is read by its rows
export const ours = {
  90001: { status: 422, en: 'This Idempotency-Key was already used with another request', ru: 'Этот Idempotency-Key уже использован с другим запросом' },
  90002: { status: 409, en: 'An unfinished asynchronous task cannot be deleted: cancel it first', ru: 'Незавершённую асинхронную задачу нельзя удалить: сначала отмените её' },
} as const;
