/** Codes from 90000: our own additions (contract: The error codes, Ours). */
// biome-ignore format: a table is read by its rows
export const ours = {
  90001: { status: 422, en: 'This Idempotency-Key was already used with another request', ru: 'Этот Idempotency-Key уже использован с другим запросом' },
  90002: { status: 409, en: 'An unfinished asynchronous task cannot be deleted: cancel it first', ru: 'Незавершённую асинхронную задачу нельзя удалить: сначала отмените её' },
  90003: { status: 414, en: 'The request address is longer than 8 KB', ru: 'Адрес запроса длиннее 8 КБ' },
  90004: { status: 431, en: 'The request address and headers are together larger than 8 KB', ru: 'Адрес и заголовки запроса вместе больше 8 КБ' },
  90005: { status: 408, en: 'The request took too long to arrive', ru: 'Запрос передавался слишком долго' },
  90006: { status: 503, en: 'The server is busy with other reports: repeat after the time in Retry-After', ru: 'Сервер занят другими отчётами: повторите через время из Retry-After' },
  90007: { status: 416, en: 'The file does not have the range that was asked for', ru: 'В файле нет запрошенного диапазона' },
} as const;
