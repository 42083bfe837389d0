/** Codes of the reports (contract: The error codes, Reports). */
// biome-ignore format: a table is read by its rows
export const reports = {
  13000: { status: 412, en: 'The report needs the parameter operation.id', ru: 'Для отчёта нужен параметр operation.id' },
  13001: { status: 404, en: 'There is no operation with the id {0}', ru: 'Операция с id {0} не найдена' },
  13002: { status: 412, en: 'The report cannot be built for documents of type "{0}"', ru: 'Отчёт нельзя построить для документов типа «{0}»' },
  13003: { status: 403, en: 'Access denied: you do not have permission to view the stock report', ru: 'Доступ запрещён: у вас нет прав на просмотр отчёта «Остатки»' },
  13004: { status: 403, en: 'Access denied: the current stock is for administrators and users with the Stock permission', ru: 'Доступ запрещён: текущие остатки доступны администратору и пользователям с правом «Остатки»' },
  13005: { status: 413, en: 'The current stock has too many rows: narrow the filter', ru: 'В текущих остатках слишком много строк: сузьте фильтр' },
  38000: { status: 403, en: 'Access denied: the audit is for administrators only', ru: 'Доступ запрещён: аудит доступен только администратору' },
  39000: { status: 412, en: 'Required parameter "{0}" is missing', ru: 'Не указан обязательный параметр «{0}»' },
  39001: { status: 412, en: 'Interval "{0}" is allowed for a period of {1} at most', ru: 'Интервал «{0}» допустим для периода не более {1}' },
  39002: { status: 400, en: 'Parameter interval must be hour, day or month', ru: 'Параметр interval должен быть hour, day или month' },
} as const;
