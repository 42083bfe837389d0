/** Codes 61000-61008: the asynchronous exchange (contract: The asynchronous exchange, §8). */
// biome-ignore format: a table is read by its rows
export const exchange = {
  61000: { status: 400, en: 'Error creating an asynchronous task: this request does not support asynchronous exchange', ru: 'Ошибка создания асинхронной задачи: этот запрос не поддерживает асинхронный обмен' },
  61001: { status: 400, en: 'Error creating an asynchronous task: offset and limit cannot be given for an asynchronous request', ru: 'Ошибка создания асинхронной задачи: для асинхронного запроса нельзя указывать offset и limit' },
  // This text is printed in the public description of the exchange: clients may compare it.
  61002: { status: 429, en: 'Error creating an asynchronous task: the limit on the number of concurrently executing asynchronous operations has been exceeded.', ru: 'Ошибка создания асинхронной задачи: превышено ограничение на количество одновременно выполняемых асинхронных операций.' },
  61003: { status: 410, en: 'The result of the asynchronous task has been deleted: create a new task', ru: 'Результат асинхронной задачи удалён: создайте новую задачу' },
  61004: { status: 409, en: 'The asynchronous task ended with an internal error: create it again', ru: 'Асинхронная задача завершилась внутренней ошибкой: создайте её снова' },
  61005: { status: 409, en: 'The asynchronous task was cancelled: create a new one', ru: 'Асинхронная задача отменена: создайте новую' },
  61006: { status: 409, en: 'The result of the asynchronous task is not ready yet: ask for its status at {0}', ru: 'Результат асинхронной задачи ещё не готов: её статус можно узнать по адресу {0}' },
  61007: { status: 409, en: 'The asynchronous task cannot be cancelled: it has already finished', ru: 'Асинхронную задачу нельзя отменить: она уже завершена' },
  61008: { status: 503, en: 'Error creating an asynchronous task: it could not be submitted because of an internal error, try again later', ru: 'Ошибка создания асинхронной задачи: её не удалось поставить в очередь из-за внутренней ошибки, повторите позже' },
} as const;
